/** A session's view of its host, for its clients. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import type { HostView, PortTables } from "../view/host_view.ts";
import { isKernelFile, isReadable, type KernelFiles } from "../view/kernel_files.ts";
import type { PortStatus, TableEntry } from "../view/port_status.ts";
import type { DumpKey, XenControl, XenDomain } from "../view/xen_control.ts";
import type { XenTraits } from "../view/xen_traits.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import type { SessionLink } from "./link.ts";
import { watchStore } from "./remote_store_watch.ts";

export class RemoteView implements HostView, PortTables, Store, XenControl {
  #tables: Promise<PortTables> | undefined;
  #silent: DeviceError | undefined;

  /** Closes `link` when it is closed. */
  constructor(private readonly link: SessionLink, private readonly as: Domid | undefined) {}

  /** Asks for a port, so that it fails here, as in a local view, if the session cannot open privcmd. */
  tables(): Promise<PortTables> {
    return this.#tables ??= this.status(DOMID_SELF, 0).then(() => this);
  }

  xen(): XenControl {
    return this;
  }

  store(): Store {
    return this;
  }

  files(): KernelFiles {
    const { link, as } = this;
    return {
      read: (path) => isReadable(path) ? link.request("file-read", { path }, as) : "EACCES",
      list: (path) => isReadable(path) ? link.request("file-list", { path }, as) : "EACCES",
      link: (path) => isKernelFile(path) ? link.request("file-link", { path }, as) : "EACCES",
    };
  }

  async setStoreTimeout(milliseconds: number): Promise<void> {
    await this.link.request("store-timeout", { milliseconds }, this.as);
    this.#silent = undefined;
  }

  get silent(): DeviceError | undefined {
    return this.#silent;
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

  traits(): Promise<XenTraits> {
    return this.link.request("xen-traits", {}, this.as);
  }

  dump(key: DumpKey): Promise<string> {
    return this.link.request("xen-dump", { key }, this.as);
  }

  domains(): Promise<readonly XenDomain[]> {
    return this.link.request("xen-domains", {}, this.as);
  }

  async read(path: string): Promise<string | undefined> {
    return await this.#heard(this.link.request("store-read", { path }, this.as)) ?? undefined;
  }

  async directory(path: string): Promise<readonly string[] | undefined> {
    return await this.#heard(this.link.request("store-directory", { path }, this.as)) ?? undefined;
  }

  /** Keeps the error if xenstored does not answer, and not if the session does not. */
  async #heard<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof DeviceError && error.op === "xenstore" && error.errno === "ETIMEDOUT") this.#silent = error;
      throw error;
    }
  }

  watch(path: string, signal: AbortSignal): AsyncIterable<string> {
    return watchStore(this.link, this.as, path, signal);
  }

  close(): Promise<void> {
    return this.link.close();
  }
}
