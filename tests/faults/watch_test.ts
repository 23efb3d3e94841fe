import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LINUX } from "../../ffi/abi.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { Port } from "../../lib/types.ts";
import { watch, type WatchEnd } from "../../lib/handle/watch.ts";
import { test } from "../support/test.ts";
import { type Call, type Fault, faulty, type Plan } from "./faulty.ts";
import { createWorld } from "../support/simulated.ts";

/** How many channels are watched. */
const CHANNELS = 5;

/** What a watch that ran into faults did. */
interface Outcome {
  readonly end: WatchEnd | DeviceError;
  /** Ports whose last notification was neither seen nor told as lost. */
  readonly silent: ReadonlySet<Port>;
  readonly overflows: number;
}

/**
 * Watches while a guest notifies, and while faults come.
 *
 * Each time the watch waits, the guest makes the next of `bursts`; when there is none left, time passes.
 */
async function watchThrough(plan: Plan, bursts: readonly (readonly number[])[]): Promise<Outcome> {
  const world = createWorld({ clock: { sleep: (ms) => sleep(ms), monotonic: () => 0 } });
  const guest = LocalDevice.open(LINUX.devicePath, { syscalls: world.process(1), abi: LINUX });
  const syscalls = faulty(world.process(0), plan);
  const backend = LocalDevice.open(LINUX.devicePath, { syscalls, abi: LINUX });
  const left = [...bursts];
  const waiting = new Set<Port>();
  let time = 0;
  let overflows = 0;

  async function sleep(milliseconds: number): Promise<boolean> {
    await undefined;
    const burst = left.shift();
    if (!burst) time += milliseconds;
    for (const channel of burst ?? []) {
      guest.notify(offered[channel]);
      waiting.add(bound[channel]);
    }
    return true;
  }

  let offered: Port[] = [];
  let bound: Port[] = [];
  const sink = {
    pending: (_time: number, events: readonly { port: Port }[]) => events.forEach(({ port }) => waiting.delete(port)),
    overflow() {
      overflows++;
      waiting.clear();
    },
    skipped: () => {},
  };
  const clock = { now: () => time * 1000, monotonic: () => time, sleep };
  let end: Outcome["end"];
  try {
    offered = Array.from({ length: CHANNELS }, () => guest.allocUnbound(0));
    bound = offered.map((port) => backend.bindInterdomain(1, port));
    const options = { bindings: [], idleTimeout: 10, unmask: true };
    end = await watch(backend, options, sink, clock, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    end = error;
  }
  backend.close();
  guest.close();
  return { end, silent: waiting, overflows };
}

/** The calls of a watch. */
type WatchCall = Exclude<Call, "open" | "pollNow">;

/** A fault that a watch lives through: nothing is lost by it. */
const harmless: Readonly<Record<WatchCall, readonly Fault[]>> = {
  ioctl: [],
  read: [{ kind: "errno", errno: "EINTR" }, { kind: "errno", errno: "EAGAIN" }, { kind: "short" }],
  write: [{ kind: "errno", errno: "EINTR" }, { kind: "short" }],
  poll: [{ kind: "errno", errno: "EINTR" }, { kind: "false alarm" }],
};

/** One that ends it, or is told. */
const harmful: Readonly<Record<WatchCall, readonly Fault[]>> = {
  ioctl: [{ kind: "errno", errno: "ENOMEM" }, { kind: "errno", errno: "ENOSYS" }],
  read: [{ kind: "errno", errno: "EFBIG" }, { kind: "errno", errno: "EIO" }],
  write: [{ kind: "errno", errno: "ENOMEM" }],
  poll: [{ kind: "errno", errno: "ENOMEM" }],
};

const faultsOf = (...tables: Readonly<Record<WatchCall, readonly Fault[]>>[]) => {
  const of = (call: WatchCall) =>
    fc.array(fc.option(fc.constantFrom(...tables.flatMap((table) => table[call])), { nil: undefined, freq: 3 }), {
      maxLength: 30,
    });
  return { read: of("read"), write: of("write"), poll: of("poll") };
};

const someBursts = fc.array(fc.array(fc.nat({ max: CHANNELS - 1 }), { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 20,
});

test("a watch lives through interrupted, empty and short calls, and misses no event", async () => {
  await fc.assert(
    fc.asyncProperty(fc.record(faultsOf(harmless)), someBursts, async (plan, bursts) => {
      const { end, silent, overflows } = await watchThrough(plan, bursts);
      assertEquals([end, [...silent], overflows], ["timeout", [], 0]);
    }),
    { numRuns: 500 },
  );
});

test("a watch that cannot go on says why; what it could not see it has told or ended with", async () => {
  const plans = fc.record({
    ...faultsOf(harmless, harmful),
    ioctl: fc.array(fc.option(fc.constantFrom(...harmful.ioctl), { nil: undefined, freq: 10 }), { maxLength: 30 }),
  });
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(plans, someBursts, async (plan, bursts) => {
      const { end, silent } = await watchThrough(plan, bursts);
      ends.add(end instanceof DeviceError ? end.errno : end);
      if (end instanceof DeviceError) assert(end.message.endsWith(`: ${end.errno}`));
      else assertEquals([end, [...silent]], ["timeout", []]);
    }),
    { numRuns: 500, seed: 1 },
  );
  assertEquals([...ends].sort(), ["EIO", "ENOMEM", "ENOSYS", "timeout"]);
});

test("after an overflow a driver without reset ends the watch with the overflow, not with the reset", async () => {
  const binds = Array.from({ length: CHANNELS }, () => undefined);
  const plan: Plan = {
    ioctl: [...binds, { kind: "errno", errno: "ENOSYS" }],
    read: [{ kind: "errno", errno: "EFBIG" }],
  };
  const { end, overflows } = await watchThrough(plan, [[0]]);
  assert(end instanceof DeviceError);
  assertEquals([end.errno, overflows], ["EFBIG", 1]);
});

test("a ring that overflows whenever it is read ends the watch", async () => {
  const plan: Plan = { read: Array(1000).fill({ kind: "errno", errno: "EFBIG" }) };
  const { end, overflows } = await watchThrough(plan, [[0]]);
  assert(end instanceof DeviceError);
  assertEquals([end.errno, overflows], ["EFBIG", 3]);
});
