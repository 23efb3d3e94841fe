/**
 * The verbs of a script.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Carrier } from "./carrier.ts";
import type { Grammar } from "./syntax.ts";
import type { Verb, Verbs } from "./verb.ts";
import { BIND_VERBS } from "./verbs_bind.ts";
import { EVENT_VERBS } from "./verbs_event.ts";
import { LOOK_VERBS } from "./verbs_look.ts";
import { SCRIPT_VERBS } from "./verbs_script.ts";
import { WATCH_VERBS } from "./verbs_watch.ts";
import { WORLD_VERBS } from "./verbs_world.ts";

const EVERYWHERE = { ...BIND_VERBS, ...EVENT_VERBS, ...WATCH_VERBS, ...LOOK_VERBS, ...SCRIPT_VERBS };

const SIMULATED: Verbs = new Map(Object.entries({ ...EVERYWHERE, ...WORLD_VERBS }));

/** Those of a simulated world are known on a real one by what they are not. */
const REAL: Verbs = new Map(Object.entries({ ...EVERYWHERE, ...refused(WORLD_VERBS) }));

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
        throw new UsageError(`Cannot ${name} on a real device`, `${name} is for the simulator: add --simulator`);
      },
    }]),
  );
}
