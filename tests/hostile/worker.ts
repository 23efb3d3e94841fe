/// <reference lib="deno.worker" />
/** Tries batches of hostile inputs, for `many.ts`, which watches over it. @module */

import fc from "fast-check";
import { tryInputs } from "./kind.ts";
import { PARTS } from "./kinds.ts";

/** What a worker is asked to try. */
export interface Batch {
  readonly kind: string;
  readonly seed: number;
  readonly inputs: number;
  /** Where in the batch one input is: only that one is tried. */
  readonly path?: string;
}

/** What trying a batch came to. */
export interface Report {
  readonly inputs: number;
  readonly understood: number;
  /** The first input that failed, shrunk, and why. */
  readonly failure?: { readonly path: string; readonly input: string; readonly why: string };
}

/** The places of what a worker tells while it tries: the number of the input, and of the first that failed. */
export const [AT, FAILED] = [0, 1];

/** Which kind and which batch: the inputs of a batch depend on nothing else. */
export function inputOf({ kind, seed, path }: Batch): string {
  const [input] = fc.sample(kindOf(kind).input, { seed, path, numRuns: 1 });
  return fc.stringify(input);
}

function kindOf(name: string) {
  const found = PARTS.find(({ kind }) => kind.name === name);
  if (found === undefined) throw new TypeError(`There is no kind "${name}"`);
  return found.kind;
}

/** The error, and where in the program it comes from. */
function traceOf({ name, message, stack = "" }: Error): string {
  const own = stack.split("\n").filter((line) => /^ +at .*\/(lib|commands|ffi)\/[\w/]+\.ts:/.test(line));
  return [`${name}: ${message}`, ...own].join("\n");
}

async function run(batch: Batch, told: Int32Array): Promise<Report> {
  told[AT] = told[FAILED] = -1;
  const { details, understood } = await tryInputs(
    kindOf(batch.kind),
    { seed: batch.seed, path: batch.path, numRuns: batch.inputs, endOnFailure: batch.path !== undefined },
    {
      begins: (input) => Atomics.store(told, AT, input),
      failed: () => Atomics.compareExchange(told, FAILED, -1, Atomics.load(told, AT)),
    },
  );
  if (!details.failed) return { inputs: details.numRuns, understood };
  const error = details.errorInstance;
  return {
    inputs: details.numRuns,
    understood,
    failure: {
      path: details.counterexamplePath ?? "",
      input: fc.stringify(details.counterexample?.[0]),
      why: error instanceof Error ? traceOf(error) : String(error),
    },
  };
}

if (typeof WorkerGlobalScope !== "undefined") {
  self.onmessage = async ({ data: { batch, told } }: MessageEvent<{ batch: Batch; told: Int32Array }>) =>
    self.postMessage(await run(batch, told));
}
