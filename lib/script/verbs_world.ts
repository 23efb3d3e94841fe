/**
 * Verbs that act on a simulated world, as nobody in it can.
 *
 * @module
 */

import { type Errno, failed, type Result } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { parseDomid, parseVirq } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { plain } from "./arguments.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Scope, Verb } from "./verb.ts";

/** What the world's answers mean, by verb. */
const HINTS: Readonly<Record<string, Readonly<Record<Errno, string>>>> = {
  raise: { EINVAL: "Xen knows VIRQs 0 to 23", ESRCH: "there is no such domain: `create` makes one" },
  create: { EEXIST: "it is there already: a world begins with domains 0 to 7" },
  destroy: { ESRCH: "there is no such domain", EINVAL: "domain 0 is the host's own" },
};

/** The verbs of this file. */
export const WORLD_VERBS: Readonly<Record<string, Verb>> = {
  "raise": {
    usage: "raise VIRQ",
    brief: "Raise a VIRQ, one of the @domain's where each domain has it",
    parse(words) {
      const virq = parseVirq(plain(words, ["VIRQ"])[0]);
      const channel = channelName({ kind: "virq", virq });
      return (scope, at) => {
        const { world, ownDomain = 0 } = scope.carrier;
        const port = answer("raise", channel, `Cannot raise ${channel}`, world!.raise(virq, at.domain ?? ownDomain));
        return { record: { op: "raise", channel, port } };
      };
    },
  },
  "create": {
    usage: "create DOM",
    brief: "Build and start a domain",
    parse(words) {
      const domain = parseOther(plain(words, ["DOM"])[0]);
      return (scope) => {
        change(scope, "create", domain, (world) => world.createDomain(domain));
        return { record: { op: "create", domain } };
      };
    },
  },
  "destroy": {
    usage: "destroy DOM",
    brief: "Destroy a domain: its handles are closed with it",
    parse(words) {
      const domain = parseOther(plain(words, ["DOM"])[0]);
      return async (scope) => {
        change(scope, "destroy", domain, (world) => world.destroyDomain(domain));
        const own = scope.handles.domainOf(domain);
        await scope.handles.closeDomain(own);
        await scope.views.closeDomain(own);
        return { record: { op: "destroy", domain } };
      };
    },
  },
};

/**
 * Reads the number of a domain, whoever acts.
 *
 * @throws {UsageError} If it is none.
 */
export function parseOther(text: string): Domid {
  const domain = parseDomid(text);
  if (domain === DOMID_SELF) throw new UsageError(`Cannot use "${text}" here: expected a domain's number`);
  return domain;
}

function change(scope: Scope, op: string, domain: Domid, work: (world: SimulatedWorld) => Result): void {
  answer(op, String(domain), `Cannot ${op} domain ${domain}`, work(scope.carrier.world!));
}

function answer(op: string, subject: string, action: string, result: Result): number {
  if (failed(result)) throw new DeviceError(op, result, subject, action, HINTS[op][result]);
  return result;
}
