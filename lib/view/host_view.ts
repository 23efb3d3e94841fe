/**
 * What evtchn reads of a host beyond one handle: Xen's port tables and xenstore. A kernel, a simulated kernel and a
 * session each offer a {@linkcode HostView}. @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Awaitable, Domid, Port } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import type { PortStatus, TableEntry } from "./port_status.ts";

/** The ports of domains, as Xen has them. */
export interface PortTables {
  /**
   * The state of a port (EVTCHNOP_status).
   *
   * @param domain DOMID_SELF for the caller's own.
   * @returns ESRCH if the domain does not exist, EINVAL past the end of its table, EPERM if the domain is another one
   * and the caller is not privileged.
   */
  status(domain: Domid, port: Port): Awaitable<PortStatus | Errno>;
  /**
   * The ports of a domain that are not closed, ascending.
   *
   * @throws {DeviceError} ESRCH, EPERM, as above; what privcmd says.
   */
  table(domain: Domid): Awaitable<readonly TableEntry[]>;
}

/** A host, seen from one of its domains. Each part is opened on first use. */
export interface HostView {
  /** @throws {DeviceError} privcmd cannot be opened. */
  tables(): Awaitable<PortTables>;
  /** @throws {DeviceError} xenstore cannot be reached. */
  store(): Awaitable<Store>;
  /** The domain of the caller; undefined if neither part tells it. */
  ownDomain(): Awaitable<Domid | undefined>;
  close(): Awaitable<void>;
}
