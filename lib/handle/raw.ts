/**
 * The two system calls for those who debug a driver, as verbs: one read(2), one poll(2).
 *
 * @module
 */

import { failed, Poll, pollNames } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Port } from "../types.ts";

/** What a poll may ask for. POLLERR, POLLHUP and POLLNVAL come unasked. */
export const POLL_EVENTS = {
  in: Poll.IN | Poll.RDNORM,
  out: Poll.OUT | Poll.WRNORM,
  all: Poll.IN | Poll.RDNORM | Poll.OUT | Poll.WRNORM,
} as const;

/** The names of {@linkcode POLL_EVENTS}. */
export type PollChoice = keyof typeof POLL_EVENTS;

/**
 * One read(2) that does not wait and does not unmask.
 *
 * @param bytes The size of the read.
 * @returns The ports in the order they fired.
 * @throws {DeviceError} If the driver refuses, an empty ring (EAGAIN) included.
 */
export async function readPorts(device: EventChannelDevice, bytes: number): Promise<Port[]> {
  const ports = await device.read(bytes);
  if (typeof ports !== "string") return [...ports];
  throw new DeviceError("read", ports, "handle", "Cannot read events", explain("read", ports, device.system));
}

/**
 * One poll(2).
 *
 * @param choice What to ask for.
 * @param timeout Milliseconds to wait.
 * @param signal Ends the wait.
 * @returns The names of the bits that came back; undefined when `signal` ended it.
 * @throws {DeviceError} If it fails.
 */
export async function pollHandle(
  device: EventChannelDevice,
  choice: PollChoice,
  timeout: number,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const bits = await device.poll(POLL_EVENTS[choice], timeout, signal);
  if (signal.aborted) return undefined;
  if (!failed(bits)) return pollNames(bits);
  throw new DeviceError("poll", bits, "handle", "Cannot poll the handle", explain("poll", bits, device.system));
}
