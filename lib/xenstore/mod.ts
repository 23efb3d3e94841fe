/**
 * The client of xenstore.
 *
 * @example Read a domain's name in a simulated xenstore
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { systemClock } from "../clock.ts";
 * import { simulatedKernel } from "../sim/mod.ts";
 * import { openStore } from "./mod.ts";
 *
 * const { syscalls } = await simulatedKernel("linux", 0);
 * const store = await openStore(syscalls, systemClock());
 * assertEquals(await store.read("/local/domain/0/name"), "Domain-0");
 * await store.close();
 * ```
 *
 * @module
 */

import type { Errno, Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { StoreConnection } from "./client.ts";
import { openSocket, XENSTORED_SOCKETS } from "./socket.ts";
import { XenStore } from "./store.ts";
import { Xenbus, XENBUS_PATHS } from "./xenbus.ts";

export type { Store, XenStore } from "./store.ts";

export interface StoreOptions {
  /** Paths where xenstored may listen; {@linkcode XENSTORED_SOCKETS} by default. */
  readonly sockets?: readonly string[];
  /** Milliseconds that xenstored may send nothing while a request waits; 5000 by default. */
  readonly timeout?: number;
}

/** The errnos of open(2) that mean that no device exists. */
const MISSING: ReadonlySet<Errno> = new Set(["ENOENT", "ENODEV", "ENXIO"]);

/**
 * Opens xenstore: the kernel's device if it exists, else xenstored's socket.
 *
 * @throws {DeviceError} Neither can be opened; the hint says what is missing.
 */
export async function openStore(syscalls: Syscalls, clock: Clock, options: StoreOptions = {}): Promise<XenStore> {
  const { sockets = XENSTORED_SOCKETS, timeout } = options;
  const transport = await openTransport(syscalls, sockets);
  return new XenStore(new StoreConnection(transport, clock, timeout));
}

async function openTransport(syscalls: Syscalls, sockets: readonly string[]) {
  const device = Xenbus.open(syscalls);
  if (typeof device !== "string") return device;
  const path = MISSING.has(device) ? sockets.find((path) => hasSocket(syscalls, path)) : undefined;
  if (path === undefined) throw cannotOpen(device, XENBUS_PATHS[0]);
  const socket = await openSocket(path);
  if (typeof socket === "string") throw cannotOpen(socket, path);
  return socket;
}

/** Asks this kernel, which may be simulated, not the machine. open(2) of a socket fails with ENXIO. */
function hasSocket(syscalls: Syscalls, path: string): boolean {
  const opened = syscalls.open(path, { nonblock: true, cloexec: true });
  if (typeof opened === "number") syscalls.close(opened);
  return opened === "ENXIO";
}

function cannotOpen(errno: Errno, path: string): DeviceError {
  const hint = explain(errno === "EACCES" || errno === "EPERM" ? "xenstore-open" : "xenstore", errno);
  return new DeviceError("xenstore", errno, path, `Cannot open "${path}"`, hint);
}
