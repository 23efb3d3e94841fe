/**
 * Hostile inputs, as many as wanted: `deno task test:hostile`.
 *
 *     --count N      how many (1000000)
 *     --seed N       0 to 4294967295 (by default another one each time)
 *     --kind NAME    only that kind
 *     --batch N      only the input of a reported failure: the seed of its batch
 *     --path PATH    and its place there
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../../lib/errors.ts";
import { parseU32 } from "../../lib/parse.ts";
import { PARTS } from "./kinds.ts";
import { AT, type Batch, FAILED, inputOf, type Report } from "./worker.ts";

/** How long an input may take, milliseconds: none waits for real time, and this machine may be busy. */
const LIMIT = 10_000;

/** How many inputs of one kind a worker tries in a row. */
const BATCH = 500;

/** After so many failures it gives up. */
const ENOUGH = 10;

function print(text: string): void {
  for (let bytes = new TextEncoder().encode(text + "\n"); bytes.length > 0;) {
    bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  }
}

/** One worker, replaced when an input hangs or ends it. */
class Tester {
  #worker = start();
  readonly #told = new Int32Array(new SharedArrayBuffer(8));

  /** Tries a batch. */
  async run(batch: Batch): Promise<Report> {
    const { promise, resolve } = Promise.withResolvers<Report>();
    this.#worker.onmessage = ({ data }) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      resolve(this.#lost(batch, `nobody caught: ${event.message}`));
    };
    let [last, since] = [NaN, 0];
    const watch = setInterval(() => {
      const at = Atomics.load(this.#told, AT);
      if (at !== last) [last, since] = [at, performance.now()];
      else if (performance.now() - since > LIMIT) resolve(this.#lost(batch, `it has not ended in ${LIMIT / 1000} s`));
    }, 500);
    this.#worker.postMessage({ batch, told: this.#told });
    try {
      return await promise;
    } finally {
      clearInterval(watch);
    }
  }

  end(): void {
    this.#worker.terminate();
  }

  /** The worker is of no more use: its input is told as it was made, and not shrunk. */
  #lost(batch: Batch, why: string): Report {
    this.#worker.terminate();
    this.#worker = start();
    const [at, failed] = [Atomics.load(this.#told, AT), Atomics.load(this.#told, FAILED)];
    const path = batch.path ?? String(failed >= 0 ? failed : Math.max(at, 0));
    return { inputs: at + 1, understood: 0, failure: { path, input: inputOf({ ...batch, path }), why } };
  }
}

function start(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

interface Sum {
  inputs: number;
  understood: number;
  /** Of all workers together. */
  seconds: number;
}

/** The batches of a run: of each kind as many as it has a part in it, from the first to the last. */
function* batchesOf(count: number, seed: number, only: string | undefined): Generator<Batch> {
  const parts = PARTS.filter(({ kind }) => kind.name === (only ?? kind.name));
  const whole = parts.reduce((sum, { percent }) => sum + percent, 0);
  const all = parts.map(({ kind, percent }) => ({
    kind: kind.name,
    inputs: Math.ceil(count * percent / whole),
    done: 0,
  }));
  for (let number = 0;; number++) {
    const next = all.reduce((a, b) => b.done / b.inputs < a.done / a.inputs ? b : a);
    const inputs = Math.min(BATCH, next.inputs - next.done);
    if (inputs === 0) return;
    next.done += inputs;
    yield { kind: next.kind, seed: mixed(seed, number), inputs };
  }
}

/** The seed of a batch: seeds side by side would give inputs that are alike. */
function mixed(seed: number, number: number): number {
  let x = (seed + Math.imul(number, 0x9E37_79B1)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85EB_CA6B);
  x = Math.imul(x ^ (x >>> 13), 0xC2B2_AE35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Tries them all, on every processor. Returns how many failed. */
async function runAll(batches: readonly Batch[]): Promise<number> {
  const sums = new Map(batches.map(({ kind }): [string, Sum] => [kind, { inputs: 0, understood: 0, seconds: 0 }]));
  const todo = batches.values();
  const [begun, progress] = [performance.now(), batches.length / 10];
  let [failures, done] = [0, 0];
  const work = async () => {
    const tester = new Tester();
    for (const batch of todo) {
      const start = performance.now();
      const report = await tester.run(batch);
      const sum = sums.get(batch.kind)!;
      sum.inputs += report.inputs;
      sum.understood += report.understood;
      sum.seconds += (performance.now() - start) / 1000;
      if (report.failure) {
        failures++;
        tell(batch, report.failure);
      }
      if (failures >= ENOUGH) break;
      if (++done % progress < 1 && batches.length > 100) {
        const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
        print(`${done} of ${batches.length} batches, ${minutes} min, ${failures} failures`);
      }
    }
    tester.end();
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  table(sums);
  const inputs = sums.values().reduce((sum, { inputs }) => sum + inputs, 0);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  print(`${inputs} hostile inputs, ${failures} failures, ${seconds} s`);
  print(`${inputs - failures} passed, ${failures} failed`);
  return failures;
}

function tell({ kind, seed }: Batch, { path, input, why }: NonNullable<Report["failure"]>): void {
  print(`FAILED: ${kind}: ${why}`);
  print(`  input: ${input.length > 5000 ? `${input.slice(0, 5000)}... (${input.length} characters)` : input}`);
  print(`  again: deno task test:hostile --kind "${kind}" --batch ${seed} --path ${path}`);
}

function table(sums: ReadonlyMap<string, Sum>): void {
  print("kind              inputs  past the parser  worker seconds");
  for (const [kind, { inputs, understood, seconds }] of sums) {
    const share = `${(100 * understood / inputs).toFixed(0)}%`;
    print(`${kind.padEnd(16)}${String(inputs).padStart(8)}${share.padStart(17)}${seconds.toFixed(0).padStart(16)}`);
  }
}

function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["count", "seed", "kind", "batch", "path"],
    unknown: (argument) => {
      throw new UsageError(`There is no option "${argument}"`);
    },
  });
  const number = (name: string, otherwise: number) => {
    const text = options[name] as string | undefined;
    const value = text === undefined ? otherwise : parseU32(text);
    if (value === undefined) throw new UsageError(`--${name} takes a whole number, not "${text}"`);
    return value;
  };
  const kind = options.kind as string | undefined;
  const names = PARTS.map(({ kind }) => kind.name);
  if (kind !== undefined && !names.includes(kind)) {
    throw new UsageError(`There is no kind "${kind}": there are ${names.join(", ")}`);
  }
  const path = options.path as string | undefined;
  if (path === undefined) {
    const seed = number("seed", Date.now() % 2 ** 32);
    print(`seed ${seed}`);
    return runAll([...batchesOf(number("count", 1_000_000), seed, kind)]);
  }
  if (kind === undefined) throw new UsageError("--path needs --kind and --batch");
  return runAll([{ kind, seed: number("batch", 0), inputs: 1, path }]);
}

try {
  Deno.exitCode = await main() === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  print(error.message);
  Deno.exitCode = 2;
}
