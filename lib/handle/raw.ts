/** One read(2) and one poll(2) as verbs, for debugging a driver. @module */

import { failed, Poll, pollNames } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Port } from "../types.ts";

/** What a poll may ask for. poll(2) also returns POLLERR, POLLHUP and POLLNVAL. */
export const POLL_EVENTS = {
  in: Poll.IN | Poll.RDNORM,
  out: Poll.OUT | Poll.WRNORM,
  all: Poll.IN | Poll.RDNORM | Poll.OUT | Poll.WRNORM,
} as const;

export type PollChoice = keyof typeof POLL_EVENTS;

/** One read(2) without unmasking. An empty ring is the error EAGAIN. */
export async function readPorts(device: EventChannelDevice, bytes: number): Promise<Port[]> {
  const ports = await device.read(bytes);
  if (typeof ports !== "string") return [...ports];
  throw new DeviceError("read", ports, "handle", "Cannot read events", explain("read", ports, device.system));
}

/** Returns the names of the returned bits; undefined if `signal` ended the wait. */
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
