import { PAGE_BYTES } from "../ffi/abi.ts";
import { optional, verb } from "../lib/cli/verb.ts";
import { readPorts } from "../lib/handle/raw.ts";
import { parseCount } from "../lib/parse.ts";

const BYTES = {
  placeholder: "BYTES",
  brief: `The size of the read [${PAGE_BYTES}]`,
  parse: (text: string) => parseCount(text, 0),
};

/** `read [BYTES]` */
export default verb({
  help: "For debugging a driver: makes one read(2) and prints the returned ports, one a line. It never waits and " +
    "unmasks nothing. The driver rounds the size down to whole ports and limits it to a page.",
  examples: ["read", "read 64"],
  arguments: [optional(BYTES)],
  gets: "ports",
  records: ["read"],
  async run(act, _options, [bytes = PAGE_BYTES]) {
    const ports = await readPorts(await act.handle(), bytes);
    await act.print({ op: "read", ports }, ports.length === 0 ? undefined : ports.join("\n"));
    return { ports };
  },
});
