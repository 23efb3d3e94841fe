/**
 * Verbs that put devices and xenstore's nodes into a simulated world.
 *
 * @module
 */

import { type Errno, failed, type Result } from "../../ffi/syscalls.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import { parseU32 } from "../parse.ts";
import { DEVICE_KIND_NAMES, FAULTS } from "../sim/toolstack/names.ts";
import type { DeviceRequest } from "../sim/toolstack/devices.ts";
import { expectWords, plain, takeOptions, valueOf } from "./arguments.ts";
import type { Act, Verb } from "./verb.ts";
import { parseOther } from "./verbs_world.ts";

const NO_STORE = "only sim:linux has a xenstore";

/** What the world's answers mean for a device. */
const DEVICE_HINTS: Readonly<Record<Errno, string>> = {
  ESRCH: "there is no such domain: `create` makes one",
  EEXIST: "the domain has that device already: leave INDEX out for the next one",
  EINVAL: "so many queues, rings, connectors or streams it cannot have",
  ENOSPC: "no event-channel port is left in one of its domains",
  ENOTSUP: NO_STORE,
};

/** The verbs of this file. */
export const DEVICE_VERBS: Readonly<Record<string, Verb>> = {
  "device": {
    usage: "device KIND DOM [INDEX] [--backend DOM] [--queues N] [--fault NAME]",
    brief: "Give a domain a device: frontend, backend and the channels between them",
    deed: "make a device",
    parse(words) {
      const { options, rest } = takeOptions(words, { string: ["backend", "queues", "fault"] });
      expectWords(rest, ["KIND", "DOM", "INDEX"], 2);
      const [kind, domain, index] = rest;
      return make({
        kind: oneOf(kind, DEVICE_KIND_NAMES, "kind of device"),
        domain: parseOther(domain),
        index: valueOf(index, (text) => parseNumber(text, "INDEX")),
        backend: valueOf(options.backend, parseOther) ?? 0,
        queues: valueOf(options.queues, (text) => parseNumber(text, "a number of queues")),
        fault: valueOf(options.fault, (text) => oneOf(text, FAULTS, "fault")),
      });
    },
  },
  "store-write": {
    usage: "store-write PATH VALUE",
    brief: "Set a node of xenstore; a PATH without / at its start is in the @domain's folder",
    deed: "write to xenstore",
    parse(words) {
      const [path, value] = plain(words, ["PATH", "VALUE"]);
      return ({ carrier: { world, ownDomain = 0 } }, at) => {
        check("store-write", path, `Cannot write "${path}"`, world!.writeStore(at.domain ?? ownDomain, path, value));
        return { record: { op: "store-write", path } };
      };
    },
  },
  "store-rm": {
    usage: "store-rm PATH",
    brief: "Remove a node of xenstore and all below it",
    deed: "remove from xenstore",
    parse(words) {
      const [path] = plain(words, ["PATH"]);
      return ({ carrier: { world, ownDomain = 0 } }, at) => {
        check("store-rm", path, `Cannot remove "${path}"`, world!.removeStore(at.domain ?? ownDomain, path));
        return { record: { op: "store-rm", path } };
      };
    },
  },
};

function make(request: DeviceRequest): Act {
  return async ({ carrier }) => {
    const { kind, domain, index, backend } = request;
    const made = await carrier.world!.createDevice(request);
    if (typeof made === "string") {
      const subject = index === undefined ? kind : `${kind}/${index}`;
      const action = `Cannot make ${subject} for domain ${domain} with its backend in domain ${backend}`;
      throw new DeviceError("device", made, subject, action, DEVICE_HINTS[made]);
    }
    const { device, ports } = made;
    const text = ports.length === 0 ? device : `${device} ${ports.join(" ")}`;
    return { record: { op: "device", domain, device, backend_domain: made.backend, ports }, text };
  };
}

function check(op: string, path: string, action: string, result: Result): void {
  if (!failed(result)) return;
  const hint = result === "ENOTSUP" ? NO_STORE : result === "ENOENT" ? "the node above it is not there" : undefined;
  throw new DeviceError(op, result, path, action, hint ?? explain("xenstore", result));
}

function oneOf<T extends string>(text: string, known: readonly T[], what: string): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw new UsageError(`There is no ${what} "${text}"`, `there are ${known.join(", ")}`);
  return found;
}

function parseNumber(text: string, what: string): number {
  const number = parseU32(text);
  if (number === undefined) throw new UsageError(`Cannot use "${text}" as ${what}: expected a number`);
  return number;
}
