/**
 * The differences between Linux and illumos as a table (`deno task test:differences`): from the transcripts of both, from
 * probes.ts, and from the drivers' sources.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux/personality.ts";
import { test, transcripts } from "./mod.ts";
import { PROBES } from "./probes.ts";
import { simulatedShell } from "./simulated_shell.ts";
import { play, type Step, type Transcript } from "./transcript.ts";

const DIFFERENCES = [
  "ring",
  "overflow",
  "after overflow",
  "masking",
  "privilege",
  "UNBIND out of range",
  "NOTIFY out of range",
  "RESET, RESTRICT",
  "open handles",
  "POLLERR",
  "SIGIO",
  "wake-up",
  "vCPU",
] as const;

type Difference = typeof DIFFERENCES[number];

type Row = readonly [difference: string, behaviour: string, linux: string, illumos: string, shownBy: string];

/** A transcript that shows a difference, in its first (or nth) differing step with that verb. */
type Shown = readonly [difference: Difference, behaviour: string, file: string, verb: string, nth?: number];

const SHOWN: readonly Shown[] = [
  ["overflow", "one event of each of 1026 ports", "many_ports.txt", "watch"],
  ["overflow", "65 events of 64 ports, none read", "overflow.txt", "poll", 1],
  ["after overflow", "read of the full ring", "overflow.txt", "read"],
  ["after overflow", "reset", "overflow_of_a_page.txt", "reset"],
  ["after overflow", "read after that", "overflow_of_a_page.txt", "read"],
  ["after overflow", "the lost port, notified again", "overflow_leaves_masked.txt", "read"],
  ["after overflow", "the lost port, unmasked", "overflow_leaves_masked.txt", "read", 1],
  ["privilege", "not root: open and poll", "unprivileged.txt", "poll"],
  ["privilege", "not root: open and read", "unprivileged.txt", "read"],
  ["privilege", "not root: open and write", "unprivileged.txt", "unmask"],
  ["privilege", "not root: open and ioctl", "unprivileged.txt", "notify"],
  ["UNBIND out of range", "unbind 200000", "unbind_out_of_range.txt", "unbind"],
  ["NOTIFY out of range", "notify 200000", "notify_out_of_range.txt", "notify"],
  ["RESET, RESTRICT", "reset with an event in the ring", "reset_leaves_masked.txt", "reset"],
  ["RESET, RESTRICT", "its port, notified again", "reset_leaves_masked.txt", "read"],
  ["RESET, RESTRICT", "restrict to domain 1234", "restrict_refuses.txt", "restrict"],
  ["RESET, RESTRICT", "bind a VIRQ after it", "restrict_refuses.txt", "bind-virq"],
  ["RESET, RESTRICT", "allocate a port after it", "restrict_refuses.txt", "alloc-unbound"],
  ["POLLERR", "poll for everything", "poll_states.txt", "poll"],
  ["POLLERR", "poll for events after an overflow", "overflow_of_a_page.txt", "poll"],
];

/**
 * Differences that are known only from the drivers' sources. Simulated domains have one vCPU, their reads never block, and
 * evtchn does not use SIGIO.
 */
const NOT_SHOWN: readonly Row[] = [
  ["SIGIO", "signal of an event", "sent", "none", "the source: evtchn.c:179, evtchn_dev.c:143; not modelled"],
  [
    "wake-up",
    "two readers of a port each, two events",
    "reads, reads",
    "reads, sleeps on an event",
    "the source: evtchn.c:178, evtchn_dev.c:142-143; not modelled",
  ],
  [
    "vCPU",
    "of an interdomain port",
    "the next of all",
    "0",
    "the source: evtchn.c:426, evtchn_dev.c:371; not modelled",
  ],
];

/** The output of a step without hints and statuses; of an error only the errno. */
function gist({ lines }: Step): string {
  const told = lines.filter((line) => !/^(hint: .*|\[\d+\])$/.test(line));
  const short = told.map((line) => /^evtchn: .*: (E[A-Z]+)$/.exec(line)?.[1] ?? line);
  return short.length > 4 ? `${short.length} lines` : short.join("; ") || "done";
}

/** The steps that differ, by verb. */
function differing(linux: Transcript, illumos: Transcript): Map<string, [string, string][]> {
  const found = new Map<string, [string, string][]>();
  linux.steps.forEach((step, i) => {
    const cells: [string, string] = [gist(step), gist(illumos.steps[i])];
    const verb = / (poll|read|reset|restrict|watch|unmask|unbind|notify|bind-virq|alloc-unbound)\b/.exec(step.command)
      ?.[1];
    if (verb === undefined || cells[0] === cells[1]) return;
    found.set(verb, [...found.get(verb) ?? [], cells]);
  });
  return found;
}

/** Plays every transcript that differs on illumos, and its version for Linux. */
async function playBoth(): Promise<Map<string, ReturnType<typeof differing>>> {
  const differences = new Map<string, ReturnType<typeof differing>>();
  for (const [file, illumos] of transcripts("illumos")) {
    const linux = transcripts().get(file);
    assert(linux !== undefined, `${file} is no transcript of Linux`);
    const commands = ({ steps }: Transcript) => steps.map(({ command }) => command.replace("sim:illumos", "sim:linux"));
    assertEquals(commands(illumos), commands(linux), `${file} has other commands on illumos`);
    await using here = simulatedShell(LINUX_PERSONALITY);
    await using there = simulatedShell(ILLUMOS_PERSONALITY);
    differences.set(file, differing(await play(linux, here), await play(illumos, there)));
  }
  return differences;
}

function table(rows: readonly Row[]): string {
  const WIDEST = 60;
  const cut = rows.map((row) => row.map((cell) => cell.length > WIDEST ? `${cell.slice(0, WIDEST - 3)}...` : cell));
  const widths = rows[0].map((_, column) => Math.max(...cut.map((row) => row[column].length)));
  return cut.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join(" | ").trimEnd() + "\n").join("");
}

test("the differences between Linux and illumos, side by side", async () => {
  const differences = await playBoth();
  const rows: Row[] = SHOWN.map(([difference, behaviour, file, verb, nth = 0]) => {
    const cells = differences.get(file)?.get(verb)?.[nth];
    assert(cells !== undefined, `${file} shows no difference of ${verb}`);
    return [difference, behaviour, ...cells, file];
  });
  for (const { difference, behaviour, probe, linux, illumos } of PROBES) {
    const answers = [probe(LINUX_PERSONALITY), probe(ILLUMOS_PERSONALITY)] as const;
    assertEquals(answers, [linux, illumos], behaviour);
    rows.push([difference, behaviour, ...answers, "probes.ts"]);
  }
  rows.push(...NOT_SHOWN);
  const ordered = DIFFERENCES.flatMap((difference) => {
    const own = rows.filter((row) => row[0] === difference);
    assert(own.length > 0, `nothing shows the difference in ${difference}`);
    return own;
  });
  assertEquals(ordered.length, rows.length);
  Deno.stdout.writeSync(
    new TextEncoder().encode(table([["difference", "behaviour", "linux", "illumos", "shown by"], ...ordered])),
  );
});
