import { choice, optional, value, verb, word } from "../lib/cli/verb.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { parseU32 } from "../lib/parse.ts";
import { NO_STORE, OTHER_DOMAIN } from "../lib/script/refused.ts";
import { DEVICE_KIND_NAMES, type DeviceKindName, FAULTS } from "../lib/sim/toolstack/names.ts";

const HINTS: Readonly<Record<string, string>> = {
  ESRCH: "there is no such domain: `create` makes one",
  EEXIST: "the domain has that device already: leave INDEX out for the next one",
  ENOSPC: "no event-channel port is free in one of its domains",
  ENOTSUP: NO_STORE,
};

/** `device KIND DOM [INDEX]` */
export default verb({
  help:
    "Creates a device for a domain of a simulated host: frontend, backend and their channels, in the state that the " +
    "toolstack and both drivers leave. With --fault, something in it is wrong: most faults are named after the verdict of " +
    "`wiring`; no-driver, hotplug, half and closing stop the handshake: the backend has no driver, its hotplug script " +
    "failed, one end has not said that it is connected, or the frontend keeps what is taken away.",
  examples: ["device vif 1 --queues 2", "device vbd 1 --fault closed"],
  options: {
    backend: value(OTHER_DOMAIN.parse, "DOM", "The domain of the backend [0]"),
    queues: value((text) => parseNumber(text, "a number of queues"), "N", "How many queues"),
    fault: choice(FAULTS, "What is wrong with it"),
  },
  arguments: [
    {
      ...word("KIND", "The kind, such as vif or vbd"),
      parse: (text: string) => oneOf(text, DEVICE_KIND_NAMES, "kind of device"),
      offers: DEVICE_KIND_NAMES,
    },
    OTHER_DOMAIN,
    optional({
      ...word("INDEX", "Its number [the next free one]"),
      parse: (text: string) => parseNumber(text, "INDEX"),
    }),
  ],
  records: ["device"],
  async run(act, { backend = 0, queues, fault }, [kind, domain, index]) {
    const world = await act.world();
    const made = await world.createDevice({ kind, domain, index, backend, queues, fault });
    if (typeof made === "string") {
      const subject = index === undefined ? kind : `${kind}/${index}`;
      const action = `Cannot make ${subject} for domain ${domain} with its backend in domain ${backend}`;
      throw new DeviceError("device", made, subject, action, made === "EINVAL" ? await limitOf(kind) : HINTS[made]);
    }
    const { device, ports } = made;
    await act.print(
      { op: "device", domain, device, backend_domain: made.backend, ports },
      [device, ...ports].join(" "),
    );
  },
});

/** How many queues a kind of device may have: the only thing that is refused with EINVAL. */
async function limitOf(kind: DeviceKindName): Promise<string> {
  const { DEVICE_KINDS } = await import("../lib/sim/toolstack/kinds.ts");
  const [, most] = DEVICE_KINDS[kind].queues;
  const named = { "9pfs": "rings", vdispl: "connectors", vsnd: "streams" }[kind as string] ?? "queues";
  return most === 1 ? `a ${kind} has one queue` : `a ${kind} has 1 to ${most} ${named}`;
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
