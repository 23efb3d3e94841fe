/**
 * Where illumos differs from Linux, side by side: what the transcripts of both show for the same commands, and what
 * takes more than one process to show. The table is this test's output.
 *
 * Two differences cannot be seen here: Linux spreads interdomain ports over the vCPUs (drivers/xen/evtchn.c:426), and
 * a world's domains have one vCPU; Linux sends SIGIO (drivers/xen/evtchn.c:637), and Deno has no O_ASYNC.
 */
import { assert, assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux.ts";
import { createWorld } from "../../lib/sim/world.ts";
import { device, outcome } from "../sim/harness.ts";
import { test, transcripts } from "./mod.ts";
import { simulatedShell } from "./simulated_shell.ts";
import { play, type Step, type Transcript } from "./transcript.ts";

type Row = readonly [behaviour: string, linux: string, illumos: string];

/** Behaviours, each with the transcript that shows it: in the first step with that verb that differs, or in the nth. */
const SHOWN: readonly (readonly [behaviour: string, file: string, verb: string, nth?: number])[] = [
  ["one event of each of 1026 ports", "many_ports.txt", "watch"],
  ["65 events of 64 ports, none read", "overflow.txt", "poll", 1],
  ["poll for events after an overflow", "overflow_of_a_page.txt", "poll"],
  ["reset after it", "overflow_of_a_page.txt", "reset"],
  ["read after that", "overflow_of_a_page.txt", "read"],
  ["poll for everything", "poll_states.txt", "poll"],
  ["unprivileged: open and poll", "unprivileged.txt", "poll"],
  ["unprivileged: open and read", "unprivileged.txt", "read"],
  ["unprivileged: open and write", "unprivileged.txt", "unmask"],
  ["unprivileged: open and ioctl", "unprivileged.txt", "notify"],
  ["unbind a port out of range", "unbind_out_of_range.txt", "unbind"],
  ["notify a port out of range", "notify_out_of_range.txt", "notify"],
  ["reset", "reset_leaves_masked.txt", "reset"],
  ["read what came before the reset", "reset_leaves_masked.txt", "read"],
  ["restrict to domain 1234", "restrict_refuses.txt", "restrict"],
  ["bind a VIRQ after it", "restrict_refuses.txt", "bind-virq"],
];

/** What cannot be shown by commands that run one after the other. */
const PROBES: Readonly<Record<string, (system: Personality) => string | Promise<string>>> = {
  "the 256th open handle of a domain": (personality) => {
    const process = createWorld({ personality }).process(1);
    const open = () => process.open(personality.abi.devicePath, { nonblock: true, cloexec: true });
    for (let i = 1; i <= 255; i++) assertEquals(open(), i + 2);
    const last = open();
    return typeof last === "number" ? "opens" : last;
  },
  "two readers of one port each, two events": async (personality) => {
    const world = createWorld({ personality });
    const reader = device(1, world, false);
    const sender = device(2, world);
    const ends = [0, 1].map(() => sender.bindInterdomain(1, reader.allocUnbound(2)));
    const stop = new AbortController();
    const reads = ends.map(() => reader.process.readWaiting(reader.fd, new Uint8Array(4), stop.signal));
    ends.forEach(sender.notify);
    const got = [await outcome(reads[0]), await outcome(reads[1])];
    const waits = reader.poll(Poll.IN) === Poll.IN;
    stop.abort();
    await Promise.all(reads);
    return `${got.map((bytes) => bytes === 4 ? "reads" : "sleeps").join(", ")}${waits ? " on an event" : ""}`;
  },
};

/** What a step printed, without hints and statuses, and of an error the errno alone. */
function gist({ lines }: Step): string {
  const told = lines.filter((line) => !/^(hint: .*|\[\d+\])$/.test(line));
  const short = told.map((line) => /^evtchn: .*: (E[A-Z]+)$/.exec(line)?.[1] ?? line);
  return short.length > 4 ? `${short.length} lines` : short.join("; ") || "done";
}

/** The steps that read otherwise, by verb. */
function differing(linux: Transcript, illumos: Transcript): Map<string, [string, string][]> {
  const found = new Map<string, [string, string][]>();
  linux.steps.forEach((step, i) => {
    const cells: [string, string] = [gist(step), gist(illumos.steps[i])];
    const verb = / (poll|read|reset|restrict|watch|unmask|unbind|notify|bind-virq)\b/.exec(step.command)?.[1];
    if (verb === undefined || cells[0] === cells[1]) return;
    found.set(verb, [...found.get(verb) ?? [], cells]);
  });
  return found;
}

function table(rows: readonly Row[]): string {
  const WIDEST = 60;
  const cut = rows.map((row) => row.map((cell) => cell.length > WIDEST ? `${cell.slice(0, WIDEST - 3)}...` : cell));
  const widths = [0, 1, 2].map((column) => Math.max(...cut.map((row) => row[column].length)));
  return cut.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join(" | ").trimEnd() + "\n").join("");
}

test("the differences between Linux and illumos, side by side", async () => {
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
  const shown = SHOWN.map(([behaviour, file, verb, nth = 0]): Row => {
    const cells = differences.get(file)?.get(verb)?.[nth];
    assert(cells !== undefined, `${file} shows no difference of ${verb}`);
    return [behaviour, ...cells];
  });
  const probed: Row[] = [];
  for (const [behaviour, probe] of Object.entries(PROBES)) {
    probed.push([behaviour, await probe(LINUX_PERSONALITY), await probe(ILLUMOS_PERSONALITY)]);
  }
  assertEquals(probed.map(([, linux, illumos]) => [linux, illumos]), [
    ["opens", "EAGAIN"],
    ["reads, reads", "reads, sleeps on an event"],
  ]);
  Deno.stdout.writeSync(new TextEncoder().encode(table([["behaviour", "linux", "illumos"], ...shown, ...probed])));
});
