/**
 * Event channels: a handle binds ports, notifies them, and gives their events.
 *
 * A port belongs to the handle that bound it, and is closed with it. Every method of a handle throws a
 * {@linkcode DeviceError} if the device, the kernel or the session refuses, and a {@linkcode UsageError} if what it is
 * given cannot be right. Ports are numbers.
 *
 * @example Both ends of a channel, on a simulated host
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openHandle } from "evtchn/evtchn";
 *
 * await using handle = await openHandle({ device: "sim:linux" });
 * const offered = await handle.allocUnbound("self");
 * const port = await handle.bindInterdomain("self", offered);
 * await handle.notify(port);
 * const event = await handle.next(offered, { timeout: 1000 });
 * assertEquals(event?.kind === "pending" && [event.port, event.channel], [offered, "self:any"]);
 * ```
 *
 * @example A loop over the events of two channels, until a signal ends it
 * ```ts
 * import { openHandle } from "evtchn/evtchn";
 *
 * const end = new AbortController();
 * await using handle = await openHandle({ device: "sim:linux" });
 * const offered = await handle.allocUnbound(5);
 * setTimeout(() => end.abort(), 10);
 * for await (const event of handle.watch([offered, "virq:dom_exc"], { signal: end.signal })) {
 *   if (event.kind === "overflow") continue; // events were lost: look at everything
 *   await handle.notify(event.port);
 * }
 * ```
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { Handle } from "./handle.ts";
import { type HandlePlace, kernelOf, meant } from "./place.ts";

export { DeviceError, UsageError } from "../errors.ts";
export type { Errno } from "../../ffi/syscalls.ts";
export type { BoundPort } from "../handle/shared.ts";
export type { Port } from "../types.ts";
export { Handle, type OverflowEvent, type PortEvent, type WatchEvent, type WatchOptions } from "./handle.ts";
export type { Domain, HandlePlace, Place } from "./place.ts";

/**
 * Opens a handle: of this system's event-channel device, of a descriptor, of a simulated host or in a session.
 *
 * @throws {DeviceError} If it cannot be opened, such as ENOENT without a driver; the hint says what is missing.
 * @throws {UsageError} If `place` contradicts itself, or names no simulator that there is.
 */
export async function openHandle(place: HandlePlace = {}): Promise<Handle> {
  const where = meant(place);
  const clock = systemClock();
  if (where.kind === "session") {
    const { RemoteDevice } = await import("../session/client.ts");
    return new Handle(await RemoteDevice.connect(where.socket, where.as, clock), clock);
  }
  const [{ LocalDevice }, kernel] = await Promise.all([import("../handle/device.ts"), kernelOf(where, true)]);
  if (where.kind === "simulated") return await shared(LocalDevice.open(kernel.abi.devicePath, kernel), clock);
  const { fd, path = kernel.abi.devicePath } = where;
  return await shared(fd === undefined ? LocalDevice.open(path, kernel) : LocalDevice.adopt(fd, kernel), clock);
}

async function shared(device: EventChannelDevice, clock: Clock): Promise<Handle> {
  const { SharedDevice } = await import("../handle/shared_device.ts");
  return new Handle(new SharedDevice(device, clock), clock);
}
