/**
 * Our device layer beside C programs, in the rig's dom0. The thread that measures runs on vCPU 0 in all of them, where
 * the driver has the ports of alloc-unbound: elsewhere the figures are those of waking one vCPU from another.
 *
 * @module
 */

import { LINUX } from "../../ffi/abi.ts";
import { libcSyscalls } from "../../ffi/libc.ts";
import { LIBC_PATHS } from "../../ffi/library.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DOMID_SELF, type Port } from "../../lib/types.ts";
import { type Row, table } from "./table.ts";
import { compete, program } from "./turns.ts";

/** Turns that each contender gets, and in each of them so many samples. */
const TURNS = 15;
const ROUND_SAMPLES = 3;
const BURST_SAMPLES = 5;
/** Rounds a sample. */
const ROUNDS = 200;
/** Ports of a burst. */
const PORTS = 256;
/** Rounds and bursts before the first sample: until then V8 is still compiling. */
const WARM_UP_ROUNDS = 10_000;
const WARM_UP_BURSTS = 200;

const kernel = { syscalls: libcSyscalls(), abi: LINUX };

/** A C program on vCPU 0. */
const pinned = (...words: string[]) => program("taskset", "1", ...words);

/** Pins this thread to vCPU 0, and leaves V8's others, which compile and collect, where they are. */
function pinThisThread(): void {
  const path = LIBC_PATHS.linux.find((path) => exists(path))!;
  const libc = Deno.dlopen(path, {
    sched_setaffinity: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  });
  const mask = new Uint8Array(new BigUint64Array([1n]).buffer);
  if (libc.symbols.sched_setaffinity(0, BigInt(mask.length), mask) !== 0) throw new Error("Cannot pin the thread");
  libc.close();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Makes a channel to oneself with nothing pending on it; returns the end to notify. */
async function bindLoopback(device: LocalDevice): Promise<Port> {
  const sender = device.bindInterdomain(DOMID_SELF, device.allocUnbound(DOMID_SELF));
  await receive(device, 1);
  return sender;
}

/**
 * Receives what is there and lets it fire again, one read and one write a batch.
 *
 * @returns How many events that were: fewer than `count` where it would have to wait.
 */
function take(device: LocalDevice, count: number): number {
  let received = 0;
  while (received < count) {
    const ports = device.read();
    if (ports === "EAGAIN") break;
    if (typeof ports === "string") throw new Error(`read: ${ports}`);
    device.unmask(ports);
    received += ports.length;
  }
  return received;
}

/** The same, waiting until so many events have come. */
async function receive(device: LocalDevice, count: number): Promise<void> {
  for (let rest = count - take(device, count); rest > 0; rest -= take(device, rest)) await device.poll(Poll.IN, -1);
}

async function rounds(device: LocalDevice, sender: Port, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    device.notify(sender);
    if (take(device, 1) === 0) await receive(device, 1);
  }
  return (performance.now() - start) * 1000 / count;
}

async function burst(device: LocalDevice, senders: readonly Port[]): Promise<number> {
  for (const sender of senders) device.notify(sender);
  const { taken, time } = timedTake(device, senders.length);
  if (taken === senders.length) return time * 1000 / taken;
  await receive(device, senders.length - taken);
  return NaN; // not a burst that was there at once
}

/** {@linkcode take} and its milliseconds. */
function timedTake(device: LocalDevice, count: number): { taken: number; time: number } {
  const start = performance.now();
  const taken = take(device, count);
  return { taken, time: performance.now() - start };
}

async function samples(count: number, sample: () => Promise<number>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await sample());
  return all;
}

async function measureRound(): Promise<void> {
  const device = LocalDevice.open(LINUX.devicePath, kernel);
  const sender = await bindLoopback(device);
  await rounds(device, sender, WARM_UP_ROUNDS);
  const results = await compete({
    libxenevtchn: pinned("libxenevtchn", "round", `${ROUNDS}`),
    rawbatch: pinned("rawbatch", "round", `${ROUNDS}`),
    evtchn: () => samples(ROUND_SAMPLES, () => rounds(device, sender, ROUNDS)),
  }, TURNS);
  device.close();
  const rows: Row[] = [
    { name: "libxenevtchn, C", samples: results.get("libxenevtchn")! },
    { name: "rawbatch, C", samples: results.get("rawbatch")! },
    { name: "evtchn's device layer", samples: results.get("evtchn")!, against: [["libxenevtchn, C", 1.5]] },
  ];
  table("Notify, read and unmask one port", "us a round", rows);
}

async function measureBurst(): Promise<void> {
  const device = LocalDevice.open(LINUX.devicePath, kernel);
  const senders: Port[] = [];
  while (senders.length < PORTS) senders.push(await bindLoopback(device));
  // Too few bursts fit into a sensible time to make V8 compile: the same code runs in rounds.
  await rounds(device, senders[0], WARM_UP_ROUNDS);
  for (let i = 0; i < WARM_UP_BURSTS; i++) await burst(device, senders);
  for (let i = 0; i < WARM_UP_ROUNDS; i++) timedTake(device, 0); // asking for the time is in what is measured
  const words = ["burst", `${PORTS}`, `${BURST_SAMPLES}`];
  const results = await compete({
    libxenevtchn: pinned("libxenevtchn", ...words),
    rawbatch: pinned("rawbatch", ...words),
    evtchn: () => samples(BURST_SAMPLES, () => burst(device, senders)),
  }, TURNS);
  device.close();
  table(`Receive and unmask a burst of ${PORTS} ports`, "us an event", [
    { name: "libxenevtchn, C", samples: results.get("libxenevtchn")! },
    { name: "rawbatch, C", samples: results.get("rawbatch")! },
    {
      name: "evtchn's device layer",
      samples: results.get("evtchn")!,
      against: [["rawbatch, C", 1.3], ["libxenevtchn, C", 1 / 20]],
    },
  ]);
}

pinThisThread();
await measureRound();
await measureBurst();
