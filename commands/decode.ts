import { optional, verb, word } from "../lib/cli/verb.ts";
import { parseDump } from "../lib/decode/dump.ts";
import { findStuck } from "../lib/decode/stuck.ts";
import { decodeLines, decodeNotes, decodeRecords } from "../lib/render/decode.ts";

/** `decode [FILE|-]` */
export default verb({
  help: "Turns what `xl debug-keys e` left in the hypervisor's console ring into the table and the records that " +
    "`list` prints, with the pending and the mask bit of each port, which no hypercall tells, and names what looks " +
    "stuck. Any console's output will do: lines of other things are passed over. It asks no kernel: a dump may be " +
    "another machine's. In dom0: xl debug-keys e; xl dmesg | evtchn decode",
  arguments: [optional(word("FILE", "The console's output; - or none is standard input"))],
  async run(act, _options, [file = "-"]) {
    // Xen's console is a ring of bytes: it may begin within a character, and guests write to it what they like.
    const input = await act.read(file, true);
    if (input === undefined) return;
    const dump = parseDump(input.text);
    const findings = findStuck(dump);
    for (const note of decodeNotes(dump)) await act.say(`decode: ${note}`);
    const palette = await act.palette();
    if (act.json) { for (const record of decodeRecords(dump, findings)) await act.print(record); }
    else {
      const tables = dump.domains.map((domain) => decodeLines(domain, findings, palette).join("\n"));
      await act.printText(tables.join("\n\n"));
    }
  },
});
