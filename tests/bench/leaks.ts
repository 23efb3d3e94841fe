/**
 * Whether memory and descriptors stay as they are in long work: events, clients, scripts, looks. Each course runs in a
 * process of its own, and is `flat` by the rule that the last line of the table says; else the status is 1.
 *
 * `--small` runs short courses in this process, and prints their samples as one JSON object: for the test.
 * `--only NAME` runs one course.
 *
 * @module
 */

import { COURSES, runCourse } from "../leaks/courses.ts";
import { BEGIN, descriptorsLeft, type Sample } from "../leaks/course.ts";

/** The most that the heap may grow, bytes. */
const MOST = 1 << 20;

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** A course in a process of its own, whose garbage can be collected at will. */
async function sampled(name: string): Promise<readonly Sample[] | undefined> {
  const args = ["run", "-A", "--v8-flags=--expose-gc", import.meta.filename!, "--course", name];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
}

/** Why a course is not flat; undefined: it is. */
function fault(samples: readonly Sample[]): string | undefined {
  const [begin, end] = [samples[BEGIN], samples.at(-1)!];
  if (end.heap - begin.heap >= MOST) return "the heap grows";
  if (descriptorsLeft(samples) !== 0) return "descriptors stay open";
  return end.ports !== begin.ports ? "ports stay bound" : undefined;
}

function row(name: string, samples: readonly Sample[]): string {
  const at = [samples[BEGIN], samples[samples.length >> 1], samples.at(-1)!];
  const megabytes = (of: (sample: Sample) => number) =>
    at.map((sample) => (of(sample) / 2 ** 20).toFixed(1).padStart(6)).join(" ");
  const counts = (of: (sample: Sample) => number | undefined) =>
    at.map((sample) => String(of(sample) ?? "-").padStart(4)).join(" ");
  const figures = [
    megabytes(({ heap }) => heap),
    megabytes(({ resident }) => resident),
    counts(({ descriptors }) => descriptors),
    counts(({ ports }) => ports),
  ];
  return `  ${name.padEnd(24)}${figures.join("  ")}  ${fault(samples) ?? "flat"}`;
}

async function table(names: readonly string[]): Promise<void> {
  print("What a process holds at 20 %, 60 % and 100 % of the way:");
  print(
    `  ${"".padEnd(24)}${"heap, MB".padEnd(22)}${"resident, MB".padEnd(22)}${"descriptors".padEnd(16)}` +
      "bound ports",
  );
  for (const name of names) {
    const { unit, sizes } = COURSES[name];
    print(`${sizes.whole.toLocaleString("en")} ${unit}`);
    const samples = await sampled(name);
    print(samples === undefined ? `  ${name.padEnd(24)}failed` : row(name, samples));
    if (samples === undefined || fault(samples) !== undefined) Deno.exitCode = 1;
  }
  print(`flat: from 20 % on the heap grows by less than ${MOST >> 20} MB, descriptors and ports are the same`);
}

if (import.meta.main) {
  const [option, name] = Deno.args;
  if (option === "--small") {
    const all: Record<string, readonly Sample[]> = {};
    for (const [name, course] of Object.entries(COURSES)) all[name] = await runCourse(course, course.sizes.small);
    print(JSON.stringify(all));
  } else if (option === "--course") print(JSON.stringify(await runCourse(COURSES[name], COURSES[name].sizes.whole)));
  else await table(option === "--only" ? [name] : Object.keys(COURSES));
}
