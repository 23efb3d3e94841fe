/**
 * Xenstore: what the domains of a host say of each other.
 *
 * @module
 */

import type { Errno, Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { Connection } from "./client.ts";
import { openSocket, XENSTORED_SOCKETS } from "./socket.ts";
import { type OpenStore, XenStore } from "./store.ts";
import type { Transport } from "./transport.ts";
import { Xenbus, XENBUS_PATHS } from "./xenbus.ts";

export { ANSWER_TIMEOUT } from "./client.ts";
export type { OpenStore } from "./store.ts";

/** What `openStore` can be told. */
export interface StoreOptions {
  /** Where xenstored may listen; {@linkcode XENSTORED_SOCKETS} by default. */
  readonly sockets?: readonly string[];
  /** Milliseconds without any answer after which xenstored is given up; {@linkcode ANSWER_TIMEOUT} by default. */
  readonly timeout?: number;
}

/** Why a device is not there, as against there and not for us. */
const MISSING: ReadonlySet<Errno> = new Set(["ENOENT", "ENODEV", "ENXIO"]);

/**
 * Opens xenstore: the kernel's device where there is one, else xenstored's socket.
 *
 * @param syscalls The system calls of the kernel whose xenstore it is.
 * @param clock Whose time the time-out takes.
 * @throws {DeviceError} ENOENT, EACCES and so on: xenstore cannot be reached; the hint says what is missing.
 */
export async function openStore(syscalls: Syscalls, clock: Clock, options: StoreOptions = {}): Promise<OpenStore> {
  const { sockets = XENSTORED_SOCKETS, timeout } = options;
  const device = Xenbus.open(syscalls);
  if (typeof device !== "string") return storeOver(device);
  if (!MISSING.has(device)) throw cannotOpen(device, XENBUS_PATHS[0]);
  const path = sockets.find((path) => hasSocket(syscalls, path));
  if (path === undefined) throw cannotOpen(device, XENBUS_PATHS[0]);
  const socket = await openSocket(path);
  if (typeof socket === "string") throw cannotOpen(socket, path);
  return storeOver(socket);

  function storeOver(transport: Transport): OpenStore {
    return new XenStore(new Connection({ transport, clock, timeout }));
  }
}

/**
 * Whether this kernel has a socket there, which open(2) refuses with ENXIO. It is asked and not the machine, whose own
 * xenstored must not answer for a simulated one.
 */
function hasSocket(syscalls: Syscalls, path: string): boolean {
  const opened = syscalls.open(path, { nonblock: true, cloexec: true });
  if (typeof opened === "number") syscalls.close(opened);
  return opened === "ENXIO";
}

function cannotOpen(errno: Errno, path: string): DeviceError {
  const hint = explain(errno === "EACCES" || errno === "EPERM" ? "xenstore-open" : "xenstore", errno);
  return new DeviceError("xenstore", errno, path, `Cannot open "${path}"`, hint);
}
