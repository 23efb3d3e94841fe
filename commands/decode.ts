import { type Act, any, flag, verb, word } from "../lib/cli/verb.ts";
import type { PortChange } from "../lib/decode/diff.ts";
import { type Dump, parseDump } from "../lib/decode/dump.ts";
import { type DumpedInterrupt, readInterrupts } from "../lib/decode/interrupts.ts";
import { findStuck } from "../lib/decode/stuck.ts";
import { UsageError } from "../lib/errors.ts";
import { LARGER_RING } from "../lib/render/bits.ts";
import {
  changeLines,
  changeRecords,
  decodeLines,
  decodeNotes,
  decodeRecords,
  interruptLines,
  interruptRecords,
  staysText,
  stuckText,
} from "../lib/render/decode.ts";

/** `decode [FILE|-]`, `decode --live`, `decode --diff OLD NEW` */
export default verb({
  help: "Reads the dump that `xl debug-keys e` writes to the hypervisor's console ring. Prints the table and the " +
    "records of `list`, with the pending and mask bits of each port, which no hypercall returns, and names the " +
    "ports that look stuck. Other lines of the console are skipped, but for those of `xl debug-keys i`: the " +
    "interrupts that domains have bound. No kernel is asked, so the dump may come from another machine. Exit status 3 " +
    "if a port looks stuck. In dom0: xl debug-keys e; xl dmesg | evtchn decode\n\n" +
    "--live presses that key itself, in the control domain, and needs no `xl`. --diff shows what changed between two " +
    "dumps, and with exit status 3 the ports at which an event waited in both.",
  usage: ["[FILE]", "--live", "--diff OLD NEW", "--diff OLD --live"],
  examples: ["decode dump.txt", "decode -", "decode --live", "decode --diff before.txt after.txt"],
  options: {
    live: { ...flag("Read Xen's dump as it is now", "l"), looks: true },
    diff: flag("Show what changed between two dumps, and what stayed pending"),
  },
  arguments: any(word("FILE", "The console's output; - or nothing is standard input")),
  check({ live, diff }, files) {
    const [least, most] = diff ? (live ? [1, 1] : [2, 2]) : live ? [0, 0] : [0, 1];
    if (files.length < least) throw new UsageError("Cannot compare: --diff needs two dumps, OLD and NEW");
    if (files.length > most) {
      throw new UsageError(
        `Cannot read "${files[most]}" too`,
        diff ? undefined : live ? "--live reads no file" : "--diff compares two dumps",
      );
    }
    if (files.length === 2 && files[0] === "-" && files[1] === "-") {
      throw new UsageError("Cannot read both dumps from standard input");
    }
  },
  records: ["decode", "decode-irq", "decode-change"],
  needs: ["files"],
  onRecording: true,
  async run(act, { live: asked, diff }, files) {
    const live = asked || act.recorded && files.length === 0;
    const inputs: Decoded[] = [];
    for (const file of files.length === 0 && !live ? ["-"] : files) {
      const input = await act.read(file, true); // a ring of bytes may start inside a character, and guests write any
      if (input === undefined) return;
      inputs.push(decoded(input.text));
    }
    if (live) inputs.push(await readLive(act));
    const last = inputs.at(-1)!;
    if (last.dump !== undefined && !live) {
      for (const note of decodeNotes(last.dump)) await act.say(`decode: ${note}`);
    }
    if (diff) return await showChanges(act, (await loadDiff()).diffDumps(dumpOf(inputs[0]), dumpOf(last)));
    return await show(act, last);
  },
});

interface Decoded {
  /** Undefined: the text has interrupts alone. */
  readonly dump?: Dump;
  readonly interrupts: readonly DumpedInterrupt[];
}

/** @throws {UsageError} The text has neither event channels nor interrupts. */
function decoded(text: string): Decoded {
  const interrupts = readInterrupts(text);
  try {
    return { dump: parseDump(text), interrupts };
  } catch (error) {
    if (interrupts.length === 0) throw error;
    return { interrupts };
  }
}

function dumpOf({ dump }: Decoded): Dump {
  return dump ?? parseDump("");
}

const loadDiff = () => import("../lib/decode/diff.ts");

async function readLive(act: Act): Promise<Decoded> {
  const { liveDump } = await import("../lib/decode/live.ts");
  const dump = await liveDump(await act.view());
  if (!dump.whole) {
    await act.say(`decode: Xen's console ring is too small for its dump: the first ports are missing; ${LARGER_RING}`);
  }
  return { dump, interrupts: [] };
}

async function show(act: Act, { dump, interrupts }: Decoded) {
  const findings = dump === undefined ? [] : findStuck(dump);
  const palette = await act.palette();
  if (act.json) {
    if (dump !== undefined) await act.printAll(decodeRecords(dump, findings));
    await act.printAll(interruptRecords(interrupts, dump));
  } else {
    const tables = (dump?.domains ?? []).map((domain) => decodeLines(domain, findings, palette).join("\n"));
    const bound = interruptLines(interrupts, dump, palette);
    await act.printText([...tables, ...bound.length === 0 ? [] : [bound.join("\n")]].join("\n\n"));
  }
  return { fault: dump && stuckText(dump, findings) };
}

async function showChanges(act: Act, changes: readonly PortChange[]) {
  if (act.json) await act.printAll(changeRecords(changes));
  else await act.printText(changeLines(changes, await act.palette()).join("\n"));
  return { fault: staysText(changes) };
}
