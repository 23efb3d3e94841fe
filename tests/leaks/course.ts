/**
 * Work that goes on and on, and what it holds at each tenth of the way.
 *
 * @module
 */

import { denoHost } from "../../lib/host/deno_host.ts";
import type { Host } from "../../lib/host/host.ts";
import type { World } from "../../lib/sim/world.ts";

/** What the process holds at one moment. */
export interface Sample {
  /** How much of the work is done: 0 to 1. */
  readonly share: number;
  /** Bytes of V8's heap that are used, garbage collected before where that can be asked for (`--expose-gc`). */
  readonly heap: number;
  /** The resident memory, bytes. */
  readonly resident: number;
  readonly descriptors: number;
  /** Ports that are bound in all domains of the simulated host; undefined where there is none. */
  readonly ports: number | undefined;
}

export interface Course {
  /** What one step of the work is. */
  readonly unit: string;
  /** The whole way, and one that takes less than a second. */
  readonly sizes: { readonly whole: number; readonly small: number };
  /** Does so many steps, and tells the meter of each. */
  run(size: number, meter: Meter): Promise<void>;
}

const TENTHS = 10;

/** The sample of 20 % of the way: caches are filled and code is compiled by then. */
export const BEGIN = 1;

/**
 * How many more descriptors are open in the second half of the way than from {@linkcode BEGIN} to the middle. The least
 * of each counts: a thread of Deno's own may have a file open for a moment.
 */
export function descriptorsLeft(samples: readonly Sample[]): number {
  const least = (part: readonly Sample[]) => Math.min(...part.map(({ descriptors }) => descriptors));
  return least(samples.slice(TENTHS / 2)) - least(samples.slice(BEGIN, TENTHS / 2));
}

/** Takes a sample at each tenth of the way. */
export class Meter {
  readonly samples: Sample[] = [];
  /** The simulated host whose ports are counted. */
  world: World | undefined;

  constructor(private readonly size: number) {}

  /** Whether the whole way is done. */
  get over(): boolean {
    return this.samples.length === TENTHS;
  }

  /** So many steps are done. */
  done(steps: number): void {
    while (!this.over && steps >= this.size * (this.samples.length + 1) / TENTHS) this.#sample();
  }

  #sample(): void {
    const { gc } = globalThis as { gc?: () => void };
    gc?.();
    this.samples.push({
      share: (this.samples.length + 1) / TENTHS,
      heap: Deno.memoryUsage().heapUsed,
      resident: Deno.memoryUsage().rss,
      descriptors: openDescriptors(),
      ports: this.world && boundPorts(this.world),
    });
  }
}

/** The descriptors of this process, with the one that reads the folder. */
export function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

function boundPorts({ hypervisor }: World): number {
  let bound = 0;
  for (const domid of hypervisor.domids) {
    const domain = hypervisor.domain(domid)!;
    for (let port = 0; port < domain.tableSize; port++) if (domain.channel(port)!.state !== "free") bound++;
  }
  return bound;
}

/** This machine, but for what is given and its standard output, which only `take` sees. */
export function sinkHost(take: (text: string) => void, others: Partial<Host> = {}): Host {
  const write = (text: string) => Promise.resolve(take(text));
  return { ...denoHost(), stdout: { terminal: false, writeSync: take, write }, ...others };
}

/** How many lines a text has. */
export function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** @throws {Error} If a command line of a course did not end as it should. */
export function mustEnd(status: number, expected: number): void {
  if (status !== expected) throw new Error(`It ended with ${status}, not with ${expected}`);
}
