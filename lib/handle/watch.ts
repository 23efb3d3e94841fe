/**
 * The watch: events as they arrive, none of them lost without a word.
 *
 * One read(2) takes up to a page of ports; they are handed on as one batch, stamped with the time of that read; and
 * only when the receiver is done with it does one write(2) unmask them, so that a kill in between loses no line. The
 * ring is read until it is empty before poll(2) waits again.
 *
 * @module
 */

import { PAGE_BYTES, PORT_BYTES } from "../../ffi/abi.ts";
import { type Errno, failed, Poll } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import { type Clock, Turns } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Awaitable, Binding, Channel, Port } from "../types.ts";

/** One event of one port. */
export interface PendingEvent {
  readonly port: Port;
  readonly channel: Channel;
  /** {@linkcode channel} as it is written. */
  readonly name: string;
  /** Its place in this watch, from 1, with no gap. */
  readonly seq: number;
  /** Whether it is the event that binding an interdomain channel itself causes. */
  readonly initial: boolean;
  /** Whether the port is bound no longer: the entry was in the ring when it was closed. */
  readonly stale: boolean;
}

/** Who takes what a watch sees. The watch waits for each before it goes on. */
export interface WatchSink {
  /**
   * Events of one read, at `time` (microseconds since 1970).
   *
   * @returns The ports to leave masked; nothing: none of them.
   */
  pending(time: number, events: readonly PendingEvent[]): Awaitable<ReadonlySet<Port> | void>;
  /** The ring overflowed at or before `time`: events were lost. The handle is about to be reset. */
  overflow(time: number): Awaitable<void>;
  /** Events of ports that the watch was not asked for were taken from the ring too. They stay masked. */
  skipped(ports: readonly Port[]): Awaitable<void>;
}

/** What a watch is asked for. */
export interface WatchOptions {
  /** The channels, bound already. Empty: every port of the handle. */
  readonly bindings: readonly Binding[];
  /** Ends after so many events. */
  readonly limit?: number;
  /** Ends after so many milliseconds. */
  readonly timeout?: number;
  /** Ends after so many milliseconds without an event. */
  readonly idleTimeout?: number;
  /** Whether ports are unmasked once their events have been handed on. */
  readonly unmask: boolean;
}

/** Why a watch ended. */
export type WatchEnd = "limit" | "timeout" | "aborted";

/** How many overflows in a row: from then on the ring is one that a reset does not bring back. */
const OVERFLOWS = 3;

/**
 * Watches until the limit, a timeout or the signal.
 *
 * @throws {DeviceError} If the device fails, or its ring overflowed and no reset brings it back.
 */
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
      if (!idle) turns.had(); // a poll that says ready over and over, where nothing is, may be no wait at all
      [overflows, idle] = [0, true];
    } else if (ports !== "EINTR") {
      throw cannotRead(device, "watch", ports);
    }
  }
  return "limit";
}

/**
 * Waits until there is something to read.
 *
 * @param op The verb that waits, for its errors.
 * @param end When it ends, on the monotonic clock, milliseconds; Infinity: never.
 * @returns False: the end came first, or the signal did.
 * @throws {DeviceError} If the handle cannot be waited on.
 */
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

/** Gives the events of one read to the sink, then unmasks their ports. Returns how many there were. */
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
    // Several entries of one port in one batch are one unmask: a second would let an event pass unseen in between.
    const due = new Set<Port>();
    for (const event of events) if (!event.stale && !keep?.has(event.port)) due.add(event.port);
    if (due.size > 0) await device.unmask([...due]);
  }
  return events.length;
}

/** After an overflow: tells it, empties the ring and lets every port fire again. */
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

/** What a verb that reads events fails with. */
export function cannotRead({ system }: EventChannelDevice, op: string, errno: Errno): DeviceError {
  return new DeviceError(op, errno, "handle", "Cannot read events", explain(op, errno, system));
}

/** Makes ports into events: numbers them, and knows what each is bound as. Undefined: not one that was asked for. */
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
