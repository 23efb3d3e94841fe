/**
 * The verbs of a script.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Carrier } from "./environment.ts";
import type { Grammar } from "./syntax.ts";
import type { Verb, Verbs } from "./verb.ts";
import { BIND_VERBS } from "./verbs_bind.ts";
import { DEVICE_VERBS } from "./verbs_devices.ts";
import { EVENT_VERBS } from "./verbs_event.ts";
import { INSPECT_VERBS } from "./verbs_inspect.ts";
import { LOOK_VERBS } from "./verbs_look.ts";
import { PING_VERBS } from "./verbs_ping.ts";
import { SCRIPT_VERBS } from "./verbs_script.ts";
import { WATCH_VERBS } from "./verbs_watch.ts";
import { WIRING_VERBS } from "./verbs_wiring.ts";
import { WORLD_VERBS } from "./verbs_world.ts";

const EVERYWHERE = {
  ...BIND_VERBS,
  ...EVENT_VERBS,
  ...WATCH_VERBS,
  ...LOOK_VERBS,
  ...INSPECT_VERBS,
  ...WIRING_VERBS,
  ...PING_VERBS,
  ...SCRIPT_VERBS,
};

const OF_A_WORLD = { ...WORLD_VERBS, ...DEVICE_VERBS };

const SIMULATED: Verbs = new Map(Object.entries({ ...EVERYWHERE, ...OF_A_WORLD }));

/** Those of a script's own world are known elsewhere by what they are not. */
const REAL: Verbs = new Map(Object.entries({ ...EVERYWHERE, ...refused(OF_A_WORLD) }));

/**
 * The verbs and handles of a carrier, for a text: where it names domains, one's own is found out first.
 *
 * @param source The text; a word that looks like a handle where it is none does no harm.
 */
export async function grammarFor(carrier: Carrier, source: string): Promise<Grammar> {
  if (/@[0-9]/.test(source)) await carrier.learnOwnDomain?.();
  return grammarOf(carrier);
}

/** The verbs and handles of a carrier. */
export function grammarOf(carrier: Carrier): Grammar {
  return {
    verbs: carrier.world === undefined ? REAL : SIMULATED,
    check: (at) => carrier.check(at),
  };
}

function refused(verbs: Readonly<Record<string, Verb>>): Record<string, Verb> {
  return Object.fromEntries(
    Object.entries(verbs).map(([name, verb]): [string, Verb] => [name, {
      ...verb,
      parse() {
        throw new UsageError(
          `Cannot ${verb.deed ?? name} here: the host is not the script's own`,
          "with --simulator, and outside a session, a script has a simulated host of its own",
        );
      },
    }]),
  );
}
