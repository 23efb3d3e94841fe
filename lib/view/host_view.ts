/**
 * What evtchn reads of a host beyond one handle: Xen's port tables, debug keys and domains, xenstore, and the files of
 * /proc and /sys. A kernel, a simulated kernel, a session and a snapshot each offer a {@linkcode HostView}. @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { type DeviceError, unlessRefused } from "../errors.ts";
import { type Awaitable, type Domid, DOMID_FIRST_RESERVED, type Port } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import type { KernelFiles } from "./kernel_files.ts";
import type { PortStatus, TableEntry } from "./port_status.ts";
import type { XenControl } from "./xen_control.ts";
import type { XenTraits } from "./xen_traits.ts";

export interface PortTables {
  /**
   * The state of a port (EVTCHNOP_status), or ESRCH if the domain does not exist, EINVAL past the end of its table,
   * EPERM for another domain's port if the caller is not privileged.
   */
  status(domain: Domid, port: Port): Awaitable<PortStatus | Errno>;
  /** The ports of a domain that are not closed, ascending. Throws a DeviceError, for example ESRCH or EPERM. */
  table(domain: Domid): Awaitable<readonly TableEntry[]>;
  /** What Xen tells of itself: its event ABI, its security policy, the line that it was started with. */
  traits(): Awaitable<XenTraits>;
}

/** What is known of a host that was recorded. */
export interface Recorded {
  /** The host's own name for itself. */
  readonly host?: string;
  /** When, by the host's clock: microseconds since 1970, UTC. */
  readonly time?: number;
  /** Whether its end is missing. */
  readonly cut?: boolean;
}

/** A host, seen from one of its domains. Each part is opened on first use. */
export interface HostView {
  /** Set if the view is a recording: it never changes, two looks are one. */
  readonly recorded?: Recorded;
  /** Throws a DeviceError if privcmd cannot be opened. */
  tables(): Awaitable<PortTables>;
  /** Throws a DeviceError if privcmd cannot be opened; whether Xen allows its calls is seen at the first one. */
  xen(): Awaitable<XenControl>;
  /** Throws a DeviceError if xenstore cannot be reached. */
  store(): Awaitable<Store>;
  /** Throws a DeviceError (ENOTSUP) on a system whose kernel shows no such files. */
  files(): KernelFiles;
  /**
   * Sets how many milliseconds xenstored may send nothing while a request waits, {@linkcode STORE_TIMEOUT} until then,
   * and opens xenstore anew at its next use if its connection has ended. The users of one session's view share this.
   */
  setStoreTimeout(milliseconds: number): Awaitable<void>;
  /** Why xenstored was given up, because it sent nothing for that time; undefined: it was not. */
  readonly silent: DeviceError | undefined;
  /** The domain of the caller; undefined if neither part tells it. */
  ownDomain(): Awaitable<Domid | undefined>;
  close(): Awaitable<void>;
}

/** Milliseconds that xenstored may send nothing while a request waits, if nobody says otherwise. */
export const STORE_TIMEOUT = 5000;

/** Every domain has port 0, which is never bound (xen/common/event_channel.c, evtchn_init). */
export const FIRST_PORT: Port = 0;

/** Whether a domain exists; undefined if Xen does not tell. */
export async function domainExists(tables: PortTables, domain: Domid): Promise<boolean | undefined> {
  return existence(await tables.status(domain, FIRST_PORT));
}

/**
 * The domains that Xen shows to the caller, ascending: all at once by sysctl, or one by one where Xen refuses that.
 *
 * @throws {DeviceError} privcmd cannot be opened.
 */
export async function domainsInXen(view: HostView): Promise<Domid[]> {
  const listed = await unlessRefused(async () => await (await view.xen()).domains());
  if (listed !== undefined) return listed.map(({ domain }) => domain);
  const tables = await view.tables();
  const found: Domid[] = [];
  for (let domain = 0; domain < DOMID_FIRST_RESERVED; domain++) {
    if (typeof await tables.status(domain, FIRST_PORT) !== "string") found.push(domain);
  }
  return found;
}

/** Whether the domain of a port exists, by Xen's answer about the port; undefined if that does not tell. */
export function existence(answer: PortStatus | Errno): boolean | undefined {
  if (typeof answer !== "string" || answer === "EINVAL") return true;
  return answer === "ESRCH" ? false : undefined;
}
