import { choice, optional, value, verb, word } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { parseU32 } from "../lib/parse.ts";
import { OTHER_DOMAIN } from "../lib/script/domains.ts";
import { createDevice } from "../lib/sim/asked.ts";
import { DEVICE_KIND_NAMES, FAULTS } from "../lib/sim/toolstack/names.ts";

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
    const request = { kind, domain, index, backend, queues, fault };
    const { device, ports, backend: backendDomain } = await createDevice(await act.world(), request);
    await act.print(
      { op: "device", domain, device, backend_domain: backendDomain, ports },
      [device, ...ports].join(" "),
    );
  },
});

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
