/**
 * The watch: it reports every event, and every loss of events.
 *
 * One read(2) takes up to a page of ports. They go to the sink as one batch with the time of that read; then one
 * write(2) unmasks them. So a kill in between loses no event. poll(2) waits only once the ring is empty. @module
 */

import { PAGE_BYTES, PORT_BYTES } from "../../ffi/abi.ts";
import { type Errno, failed, Poll } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import { type Clock, Turns } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Awaitable, Binding, Channel, Port } from "../types.ts";

export interface PendingEvent {
  readonly port: Port;
  readonly channel: Channel;
  readonly name: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** Caused by the bind of an interdomain channel. */
  readonly initial: boolean;
  /** The port was closed while the event was in the ring. */
  readonly stale: boolean;
}

/** What receives the events of a watch. The watch waits for each call. */
export interface WatchSink {
  /** Events of one read, at `time` (microseconds since 1970). Returns the ports to leave masked, if any. */
  pending(time: number, events: readonly PendingEvent[]): Awaitable<ReadonlySet<Port> | void>;
  /** The ring overflowed at or before `time`: events were lost. The watch resets the handle next. */
  overflow(time: number): Awaitable<void>;
  /** The read also took events of ports that the watch does not want. They stay masked. */
  skipped(ports: readonly Port[]): Awaitable<void>;
}

/** What ends a watch besides its signal. */
export interface WatchLimits {
  /** Events. */
  readonly limit?: number;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Milliseconds without an event. */
  readonly idleTimeout?: number;
}

export interface WatchOptions extends WatchLimits {
  /** Empty: every port of the handle. */
  readonly bindings: readonly Binding[];
  readonly unmask: boolean;
}

export type WatchEnd = "limit" | "timeout" | "aborted";

/** How many overflows in a row a reset may follow. */
const OVERFLOWS = 3;

/** @throws {DeviceError} If the device fails, or no reset clears an overflow of its ring. */
export async function watch(
  device: EventChannelDevice,
  options: WatchOptions,
  sink: WatchSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const namer = eventNamer(device, options.bindings);
  const deadline = clock.monotonic() + (options.timeout ?? Infinity);
  let idleSince = clock.monotonic();
  const turns = new Turns(clock, signal);
  let [overflows, idle] = [0, false];
  let left = options.limit ?? Infinity;
  while (left > 0) {
    const turn = turns.step();
    if (turn !== undefined) await turn;
    if (signal.aborted) return "aborted";
    const ports = await device.read(Math.min(PAGE_BYTES, left * PORT_BYTES));
    if (typeof ports !== "string" && ports.length > 0) {
      [overflows, idle] = [0, false];
      const count = await handOn(device, ports, namer, options.unmask, sink, clock);
      left -= count;
      const now = clock.monotonic();
      if (count > 0) idleSince = now;
      if (now > deadline && left > 0) return "timeout";
    } else if (ports === "EFBIG") {
      if (++overflows > OVERFLOWS) throw cannotRead(device, "watch", ports);
      await recover(device, options.unmask, sink, clock);
    } else if (ports === "EAGAIN" || typeof ports !== "string") {
      const end = Math.min(deadline, idleSince + (options.idleTimeout ?? Infinity));
      if (!await waitForEvents(device, "watch", end, clock, signal)) return signal.aborted ? "aborted" : "timeout";
      if (!idle) turns.had(); // a poll that is ready again while the ring is empty may not have waited
      [overflows, idle] = [0, true];
    } else if (ports !== "EINTR") {
      throw cannotRead(device, "watch", ports);
    }
  }
  return "limit";
}

/** Waits until the handle is readable. Returns false if the signal or `end` (monotonic clock) came first. */
export async function waitForEvents(
  device: EventChannelDevice,
  op: string,
  end: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const rest = end - clock.monotonic();
  if (rest <= 0 || signal.aborted) return false;
  const ready = await device.poll(Poll.IN, rest === Infinity ? -1 : Math.ceil(rest), signal);
  if (ready === "EINTR") return !signal.aborted;
  if (failed(ready)) throw cannotRead(device, op, ready);
  if ((ready & (Poll.NVAL | Poll.HUP)) !== 0) throw cannotRead(device, op, "EBADF");
  return ready !== 0 || clock.monotonic() < end;
}

async function handOn(
  device: EventChannelDevice,
  ports: Uint32Array,
  namer: (port: Port) => PendingEvent | undefined,
  unmask: boolean,
  sink: WatchSink,
  clock: Clock,
): Promise<number> {
  const time = clock.now();
  const events: PendingEvent[] = [];
  const skipped: Port[] = [];
  for (const port of ports) {
    const event = namer(port);
    if (event) events.push(event);
    else skipped.push(port);
  }
  if (skipped.length > 0) await sink.skipped(skipped);
  if (events.length === 0) return 0;
  const keep = await sink.pending(time, events);
  if (unmask) {
    // Each port is unmasked once: a second unmask could let an event fire unseen in between.
    const due = new Set<Port>();
    for (const event of events) if (!event.stale && !keep?.has(event.port)) due.add(event.port);
    if (due.size > 0) await device.unmask([...due]);
  }
  return events.length;
}

async function recover(device: EventChannelDevice, unmask: boolean, sink: WatchSink, clock: Clock): Promise<void> {
  await sink.overflow(clock.now());
  try {
    await device.reset();
  } catch (error) {
    if (error instanceof DeviceError && error.errno === "ENOSYS") throw cannotRead(device, "watch", "EFBIG");
    throw error;
  }
  if (unmask) await device.unmaskAll();
}

export function cannotRead({ system }: EventChannelDevice, op: string, errno: Errno): DeviceError {
  return new DeviceError(op, errno, "handle", "Cannot read events", explain(op, errno, system));
}

function eventNamer(
  device: EventChannelDevice,
  bindings: readonly Binding[],
): (port: Port) => PendingEvent | undefined {
  const wanted = new Map(bindings.map(({ port, channel }) => [port, { channel, name: channelName(channel) }]));
  let seq = 0;
  return (port) => {
    const stale = device.exclusive && !device.bindings.has(port);
    let as = wanted.get(port);
    if (!as) {
      if (wanted.size > 0 && !stale) return undefined;
      const channel = device.bindings.get(port) ?? { kind: "port", port };
      as = { channel, name: channelName(channel) };
    }
    return { port, ...as, seq: ++seq, initial: device.firstEvents.delete(port), stale };
  };
}
