/** A session's view of its host, for its clients. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { HostView, PortTables } from "../view/host_view.ts";
import type { PortStatus, TableEntry } from "../view/port_status.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import type { SessionLink } from "./link.ts";
import { watchStore } from "./remote_store_watch.ts";

export class RemoteView implements HostView, PortTables, Store {
  #tables: Promise<PortTables> | undefined;

  /** Closes `link` when it is closed. */
  constructor(private readonly link: SessionLink, private readonly as: Domid | undefined) {}

  /** Asks for a port, so that it fails here, as in a local view, if the session cannot open privcmd. */
  tables(): Promise<PortTables> {
    return this.#tables ??= this.status(DOMID_SELF, 0).then(() => this);
  }

  store(): Store {
    return this;
  }

  async ownDomain(): Promise<Domid | undefined> {
    return await this.link.request("own-domain", {}, this.as) ?? undefined;
  }

  status(domain: Domid, port: Port): Promise<PortStatus | Errno> {
    return this.link.request("port-status", { domain, port }, this.as);
  }

  table(domain: Domid): Promise<readonly TableEntry[]> {
    return this.link.request("port-table", { domain }, this.as);
  }

  async read(path: string): Promise<string | undefined> {
    return await this.link.request("store-read", { path }, this.as) ?? undefined;
  }

  async directory(path: string): Promise<readonly string[] | undefined> {
    return await this.link.request("store-directory", { path }, this.as) ?? undefined;
  }

  watch(path: string, signal: AbortSignal): AsyncIterable<string> {
    return watchStore(this.link, this.as, path, signal);
  }

  close(): Promise<void> {
    return this.link.close();
  }
}
