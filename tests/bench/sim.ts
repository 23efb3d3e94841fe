/**
 * How fast the simulator is, through the same system calls that the commands make.
 *
 * Prints rounds a second, where a round is one port notified, read and unmasked, and what binding the 10th and the
 * 4095th port of a domain costs.
 *
 * @module
 */

import { LINUX, pack } from "../../ffi/abi.ts";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import { createWorld } from "../support/simulated.ts";

const { BIND_UNBOUND_PORT, BIND_INTERDOMAIN, NOTIFY } = LINUX.ioctls;
const BATCH = 64;
const ROUNDS = 1_000_000;
const REPEATS = 5;
const LAST_PORT = 4095;
const DOMAIN = 1;

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

function bind(process: SimulatedProcess, fd: number, arg: Uint8Array, domid: number, port?: number): number {
  const ioctl = port === undefined ? BIND_UNBOUND_PORT : BIND_INTERDOMAIN;
  pack(ioctl, port === undefined ? [domid] : [domid, port], arg);
  const result = process.ioctl(fd, ioctl.request, arg);
  if (typeof result === "string") throw new Error(`${ioctl.name} answered ${result}`);
  return result;
}

function openDevice(process: SimulatedProcess): number {
  return process.open(LINUX.devicePath, { nonblock: true, cloexec: true }) as number;
}

/** Rounds a second, in batches: each notify an ioctl, each batch a read and a write. */
function measureRounds(): number {
  const process = createWorld().process(DOMAIN);
  const [hearer, sender] = [openDevice(process), openDevice(process)];
  const arg = new Uint8Array(8);
  const heard = Array.from({ length: BATCH }, () => bind(process, hearer, arg, DOMAIN));
  const notifies = heard.map((port) => {
    const notify = new Uint8Array(NOTIFY.size);
    pack(NOTIFY, [bind(process, sender, arg, DOMAIN, port)], notify);
    return notify;
  });
  const buffer = new Uint8Array(BATCH * 4);
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round += BATCH) {
    for (const notify of notifies) process.ioctl(sender, NOTIFY.request, notify);
    if (process.read(hearer, buffer) !== buffer.length) throw new Error("a batch was not read whole");
    process.write(hearer, buffer);
  }
  return ROUNDS / (performance.now() - start) * 1000;
}

/** Microseconds that binding takes when `port` is the lowest free one: the best of many, each unbound again. */
function measureBind(port: number): number {
  const world = createWorld();
  const process = world.process(DOMAIN);
  const fd = openDevice(process);
  const arg = new Uint8Array(8);
  while (bind(process, fd, arg, DOMAIN) < port);
  const unbind = new Uint8Array(LINUX.ioctls.UNBIND.size);
  pack(LINUX.ioctls.UNBIND, [port], unbind);
  const turns = 2000;
  let best = Infinity;
  for (let repeat = 0; repeat < 50; repeat++) {
    const start = performance.now();
    for (let turn = 0; turn < turns; turn++) {
      process.ioctl(fd, LINUX.ioctls.UNBIND.request, unbind);
      pack(BIND_UNBOUND_PORT, [DOMAIN], arg);
      process.ioctl(fd, BIND_UNBOUND_PORT.request, arg);
    }
    best = Math.min(best, (performance.now() - start) * 1000 / turns);
  }
  return best;
}

const rates = Array.from({ length: REPEATS }, measureRounds);
print(`notify+read+unmask rounds: ${(Math.max(...rates) / 1e6).toFixed(2)} million/s (batches of ${BATCH})`);
const [low, high] = [measureBind(10), measureBind(LAST_PORT)];
print(`bind the 10th port:   ${low.toFixed(3)} us, with its unbind`);
print(`bind the ${LAST_PORT}th port: ${high.toFixed(3)} us, with its unbind`);
print(`ratio: ${(high / low).toFixed(2)}`);
