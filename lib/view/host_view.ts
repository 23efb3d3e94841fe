/**
 * What can be seen of a host beyond one handle: Xen's port tables, and what domains say of each other in xenstore.
 *
 * A running kernel, a simulated one and a session each offer one; inspection knows only this.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { PortStatus, TableEntry } from "./port_status.ts";
import type { Awaitable, Domid, Port } from "../types.ts";

/** The ports of domains, as Xen has them. */
export interface PortTables {
  /**
   * What Xen has a port as.
   *
   * @param domain Whose; DOMID_SELF for one's own.
   * @returns Its state; ESRCH for no such domain, EINVAL past the end of its table, EPERM for another domain's where
   * the caller is not privileged (EVTCHNOP_status).
   */
  status(domain: Domid, port: Port): Awaitable<PortStatus | Errno>;
  /**
   * The ports of a domain that are not closed, ascending.
   *
   * @throws {DeviceError} ESRCH, EPERM, as above; what privcmd says.
   */
  table(domain: Domid): Awaitable<readonly TableEntry[]>;
}

/** Xenstore, as far as evtchn reads it. */
export interface Store {
  /**
   * A node's value.
   *
   * @param path Absolute, or relative to one's own domain's folder.
   * @returns The value; undefined where there is no such node.
   * @throws {DeviceError} EACCES and what else xenstored answers; ETIMEDOUT where it does not answer.
   */
  read(path: string): Promise<string | undefined>;
  /** The names below a node, in xenstored's order; undefined where there is no such node. Throws as `read`. */
  directory(path: string): Promise<readonly string[] | undefined>;
  /**
   * Watches a node and all below it: first `path` itself, as xenstored does, then each path that changes.
   *
   * @param signal Ends the watch, and with it the sequence.
   * @throws {DeviceError} The connection died.
   */
  watch(path: string, signal: AbortSignal): AsyncIterable<string>;
}

/** A host, seen from one domain of it. Each part is opened when it is first asked for. */
export interface HostView {
  /** @throws {DeviceError} If privcmd cannot be opened. */
  tables(): Awaitable<PortTables>;
  /** @throws {DeviceError} If xenstore cannot be reached. */
  store(): Awaitable<Store>;
  /** The domain that it is seen from; undefined where neither part tells. */
  ownDomain(): Awaitable<Domid | undefined>;
  /** Gives up what was opened. */
  close(): Awaitable<void>;
}
