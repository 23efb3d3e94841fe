import { optional, verb, word } from "../lib/cli/verb.ts";
import { parseDump } from "../lib/decode/dump.ts";
import { findStuck } from "../lib/decode/stuck.ts";
import { decodeLines, decodeNotes, decodeRecords, stuckText } from "../lib/render/decode.ts";

/** `decode [FILE|-]` */
export default verb({
  help: "Reads the dump that `xl debug-keys e` writes to the hypervisor's console ring. Prints the table and the " +
    "records of `list`, with the pending and mask bits of each port, which no hypercall returns, and names the " +
    "ports that look stuck. Other lines of the console are skipped. No kernel is asked, so the dump may come " +
    "from another machine. Exit status 3 if a port looks stuck. In dom0: xl debug-keys e; xl dmesg | evtchn decode",
  examples: ["decode dump.txt", "decode -"],
  arguments: [optional(word("FILE", "The console's output; - or nothing is standard input"))],
  records: ["decode"],
  needs: ["files"],
  onRecording: true,
  async run(act, _options, [file]) {
    // Xen's console is a ring of bytes: it may start inside a character, and guests can write any bytes to it.
    const input = act.recorded && file === undefined
      ? { text: await (await (await act.view()).xen()).dump("e") }
      : await act.read(file ?? "-", true);
    if (input === undefined) return;
    const dump = parseDump(input.text);
    const findings = findStuck(dump);
    for (const note of decodeNotes(dump)) await act.say(`decode: ${note}`);
    const palette = await act.palette();
    if (act.json) await act.printAll(decodeRecords(dump, findings));
    else {
      const tables = dump.domains.map((domain) => decodeLines(domain, findings, palette).join("\n"));
      await act.printText(tables.join("\n\n"));
    }
    return { fault: stuckText(dump, findings) };
  },
});
