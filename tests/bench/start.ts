/**
 * How long evtchn takes to start, beside an empty Deno program: medians of interleaved runs.
 *
 * @module
 */

const RUNS = 20;

const main = import.meta.resolve("../../main.ts").replace("file://", "");

/** The permissions of main.ts's own first line. */
const permissions = Deno.readTextFileSync(main).split("\n", 1)[0].split(" run ")[1].split(" ");

const evtchn = (...words: string[]) => ["run", ...permissions, main, ...words];

/** Milliseconds from a signal to the end of a watch that were promised. */
const STOP_BAR = 50;

if (import.meta.main) {
  await bench();
  for (const signal of ["SIGINT", "SIGTERM"] as const) await benchStop(signal);
}

async function bench(): Promise<void> {
  const empty = await Deno.makeTempFile({ suffix: ".ts" });
  const cases: [name: string, bar: number | undefined, args: string[]][] = [
    ["an empty Deno program", undefined, ["run", empty]],
    ["evtchn --version", 2, evtchn("--version")],
    ["evtchn virqs", 2, evtchn("virqs")],
    [
      "evtchn --simulator bind-virq dom_exc --hold 0s",
      2.5,
      evtchn("--simulator", "bind-virq", "dom_exc", "--hold", "0s"),
    ],
  ];
  for (const [, , args] of cases) await time(args); // fills the caches
  const times = cases.map(() => [] as number[]);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, [, , args]] of cases.entries()) times[i].push(await time(args));
  }
  await Deno.remove(empty);
  const medians = times.map((each) => each.sort((a, b) => a - b)[RUNS / 2]);
  print(`Start, median of ${RUNS} interleaved runs:`);
  cases.forEach(([name, bar], i) => {
    const ratio = bar === undefined ? "" : `  ${(medians[i] / medians[0]).toFixed(2)}x (aim: at most ${bar}x)`;
    print(`  ${name.padEnd(48)}${medians[i].toFixed(1).padStart(7)} ms${ratio}`);
  });
}

/** How long a watch lives on after a signal. */
async function benchStop(signal: Deno.Signal): Promise<void> {
  const times: number[] = [];
  while (times.length < RUNS) times.push(await timeToEnd(signal));
  times.sort((a, b) => a - b);
  const [median, longest] = [times[RUNS / 2], times[RUNS - 1]].map((time) => time.toFixed(1));
  print(`${signal} to the end of a watch: median ${median} ms, longest ${longest} ms (aim: at most ${STOP_BAR} ms)`);
}

async function timeToEnd(signal: Deno.Signal): Promise<number> {
  const args = evtchn("--simulator", "watch", "virq:tbuf", "--banner");
  const process = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" }).spawn();
  const reader = process.stderr.getReader();
  await reader.read(); // the banner: everything is bound, and it waits
  const start = performance.now();
  process.kill(signal);
  await process.status;
  const time = performance.now() - start;
  await reader.cancel();
  return time;
}

/** Milliseconds that a run of Deno takes. */
async function time(args: string[]): Promise<number> {
  const start = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "inherit" }).output();
  if (!success) throw new Error(`Cannot run ${args.join(" ")}`);
  return performance.now() - start;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
