/**
 * A session's view of its host, asked for over its socket.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { UsageError } from "../errors.ts";
import type { HostView, PortTables } from "../view/host_view.ts";
import type { PortStatus, TableEntry } from "../view/port_status.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import type { SessionLink } from "./link.ts";

/** {@linkcode HostView} of the session's own kernel. */
export class RemoteView implements HostView, PortTables, Store {
  readonly #link: SessionLink;
  readonly #as: Domid | undefined;
  #tables: Promise<PortTables> | undefined;

  /**
   * @param link A connection to the session; it is hung up with the view.
   * @param as The domain to look from, in a session that holds a simulator; undefined: the session's own.
   */
  constructor(link: SessionLink, as: Domid | undefined) {
    this.#link = link;
    this.#as = as;
  }

  /** A port is asked for: where the session cannot open privcmd, that is known now, as it is of a kernel's own view. */
  tables(): Promise<PortTables> {
    return this.#tables ??= this.status(DOMID_SELF, 0).then(() => this);
  }

  store(): Store {
    return this;
  }

  async ownDomain(): Promise<Domid | undefined> {
    return await this.#link.request("own-domain", {}, this.#as) as Domid | null ?? undefined;
  }

  async status(domain: Domid, port: Port): Promise<PortStatus | Errno> {
    return await this.#link.request("port-status", { domain, port }, this.#as) as PortStatus | Errno;
  }

  async table(domain: Domid): Promise<readonly TableEntry[]> {
    return await this.#link.request("port-table", { domain }, this.#as) as readonly TableEntry[];
  }

  async read(path: string): Promise<string | undefined> {
    return await this.#link.request("store-read", { path }, this.#as) as string | null ?? undefined;
  }

  async directory(path: string): Promise<readonly string[] | undefined> {
    return await this.#link.request("store-directory", { path }, this.#as) as readonly string[] | null ?? undefined;
  }

  /** @throws {UsageError} Always: a session answers questions about xenstore and follows nothing there. */
  watch(): never {
    throw new UsageError(
      "Cannot follow xenstore through a session",
      "unset EVTCHN_SESSION, or leave --session out: xenstore is the same for every process of this domain",
    );
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
