/** A host whose port tables and xenstore a test sets. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { KernelFiles } from "../../lib/view/kernel_files.ts";
import type { HostView, PortTables } from "../../lib/view/host_view.ts";
import { listRefusal } from "../../lib/view/privcmd.ts";
import type { PortStatus, TableEntry } from "../../lib/view/port_status.ts";
import type { DumpKey, XenControl, XenDomain } from "../../lib/view/xen_control.ts";
import type { XenTraits } from "../../lib/view/xen_traits.ts";
import { type Domid, DOMID_SELF, type Port } from "../../lib/types.ts";
import type { Store } from "../../lib/xenstore/store.ts";

export class FakeView implements HostView, PortTables, Store, XenControl {
  /** The values of nodes, by path. */
  readonly nodes = new Map<string, string>();
  /** Port tables by domain; a domain without one does not exist. */
  readonly ports = new Map<Domid, Map<Port, PortStatus>>([[0, new Map()]]);
  /** The errors that opening or reading throws. */
  readonly refuse: { tables?: Error; store?: Error; xen?: Error; read?: (path: string) => Error | undefined } = {};
  /** Errnos that `status` answers, by `domain:port`. */
  readonly answers = new Map<string, Errno>();
  /** The size of each table; ports past it are EINVAL. */
  tableSize = 64;
  own: Domid | undefined = 0;
  /** How many requests the store got. */
  asked = 0;
  /** The most requests that were in flight at the same time. */
  busiest = 0;
  closed = false;
  /** Called before each read. */
  onRead: (path: string) => void = () => {};
  #inFlight = 0;
  readonly #watches = new Set<{ path: string; events: string[]; wake: () => void }>();

  /** Writes nodes below a folder, for example `{ "vif/0/state": "4" }`. */
  put(folder: string, nodes: Readonly<Record<string, string>>): this {
    for (const [name, value] of Object.entries(nodes)) {
      this.nodes.set(`${folder}/${name}`, value);
      this.#tell(`${folder}/${name}`);
    }
    return this;
  }

  /** Removes a node and everything below it. */
  remove(path: string): void {
    for (const node of [...this.nodes.keys()]) {
      if (node === path || node.startsWith(`${path}/`)) this.nodes.delete(node);
    }
    this.#tell(path);
  }

  set(domain: Domid, port: Port, status: PortStatus): this {
    if (!this.ports.has(domain)) this.ports.set(domain, new Map());
    this.ports.get(domain)!.set(port, status);
    return this;
  }

  /** Binds two ports to each other. */
  bind(domain: Domid, port: Port, remoteDomain: Domid, remotePort: Port): this {
    this.set(domain, port, { status: "interdomain", vcpu: 0, remoteDomain, remotePort });
    return this.set(remoteDomain, remotePort, {
      status: "interdomain",
      vcpu: 0,
      remoteDomain: domain,
      remotePort: port,
    });
  }

  /** The number of watches. */
  get watching(): number {
    return this.#watches.size;
  }

  tables(): PortTables {
    if (this.refuse.tables) throw this.refuse.tables;
    return this;
  }

  /** What a debug key prints, in turn; the last one again and again. */
  readonly dumps: string[] = [];
  #xenDomains: readonly XenDomain[] | undefined;

  /** Until it is set: those that have a port table. */
  get xenDomains(): readonly XenDomain[] {
    const having = [...this.ports.keys()].sort((a, b) => a - b);
    return this.#xenDomains ?? having.map((domain) => ({ domain, dying: false, shutdown: false, paused: false }));
  }

  set xenDomains(domains: readonly XenDomain[]) {
    this.#xenDomains = domains;
  }

  xenTraits: XenTraits = {};

  traits(): XenTraits {
    return this.xenTraits;
  }

  xen(): XenControl {
    if (this.refuse.xen) throw this.refuse.xen;
    return this;
  }

  dump(_key: DumpKey): string {
    return this.dumps.length > 1 ? this.dumps.shift()! : this.dumps[0] ?? "";
  }

  domains(): readonly XenDomain[] {
    return this.xenDomains;
  }

  store(): Store {
    if (this.refuse.store) throw this.refuse.store;
    return this;
  }

  /** Files by path; a folder is what has files below it. */
  readonly texts = new Map<string, string>();
  /** Where symbolic links point, by path. */
  readonly links = new Map<string, string>();
  /** Errnos that reading, listing or following a path answers. */
  readonly fileErrnos = new Map<string, Errno>();

  files(): KernelFiles {
    const { texts, fileErrnos, links } = this;
    return {
      read(path) {
        const text = texts.get(path);
        return fileErrnos.get(path) ?? (text === undefined ? "ENOENT" : { text });
      },
      list(path) {
        const below = [...texts.keys(), ...links.keys()].filter((file) => file.startsWith(`${path}/`));
        const names = [...new Set(below.map((file) => file.slice(path.length + 1).split("/", 1)[0]))];
        return fileErrnos.get(path) ?? (names.length === 0 ? "ENOENT" : names);
      },
      link(path) {
        const target = links.get(path);
        return fileErrnos.get(path) ?? (target === undefined ? "EINVAL" : { text: target });
      },
    };
  }

  /** The time-out that was set, milliseconds. */
  storeTimeout: number | undefined;
  silent: DeviceError | undefined;

  setStoreTimeout(milliseconds: number): void {
    this.storeTimeout = milliseconds;
    this.silent = undefined;
  }

  /** Lets xenstored give no answer from now on, or to the reads of `path` alone. */
  fallSilent(path?: string): void {
    const error = new DeviceError("xenstore", "ETIMEDOUT", "xenbus", "Cannot talk to xenstore");
    this.refuse.read = (asked) => path === undefined || asked === path || this.silent ? this.silent = error : undefined;
  }

  ownDomain(): Domid | undefined {
    return this.own;
  }

  close(): void {
    this.closed = true;
  }

  status(domain: Domid, port: Port): PortStatus | Errno {
    const answer = this.answers.get(`${domain}:${port}`);
    if (answer !== undefined) return answer;
    const table = this.ports.get(domain === DOMID_SELF ? this.own ?? 0 : domain);
    if (table === undefined) return "ESRCH";
    return port < this.tableSize ? table.get(port) ?? { status: "closed", vcpu: 0 } : "EINVAL";
  }

  table(domain: Domid): readonly TableEntry[] {
    const ports = this.ports.get(domain === DOMID_SELF ? this.own ?? 0 : domain);
    if (ports === undefined) throw listRefusal("ESRCH", domain);
    return [...ports].map(([port, status]) => ({ port, ...status }))
      .filter(({ status }) => status !== "closed").sort((a, b) => a.port - b.port);
  }

  read(path: string): Promise<string | undefined> {
    return this.#ask(path, () => this.nodes.get(path) ?? (this.#below(path).length > 0 ? "" : undefined));
  }

  directory(path: string): Promise<readonly string[] | undefined> {
    return this.#ask(path, () => {
      const names = this.#below(path);
      return names.length > 0 || this.nodes.has(path) ? names : undefined;
    });
  }

  async *watch(path: string, signal: AbortSignal): AsyncIterable<string> {
    let woken = Promise.withResolvers<void>();
    const watch = { path, events: [path], wake: () => woken.resolve() };
    const abort = () => woken.resolve();
    this.#watches.add(watch);
    signal.addEventListener("abort", abort);
    try {
      while (!signal.aborted) {
        while (watch.events.length > 0 && !signal.aborted) yield watch.events.shift()!;
        if (signal.aborted) break;
        await woken.promise;
        woken = Promise.withResolvers();
      }
    } finally {
      this.#watches.delete(watch);
      signal.removeEventListener("abort", abort);
    }
  }

  /** The names of the nodes directly below a path. */
  #below(path: string): string[] {
    const prefix = `${path}/`;
    const names = [...this.nodes.keys()].filter((node) => node.startsWith(prefix));
    return [...new Set(names.map((node) => node.slice(prefix.length).split("/", 1)[0]))];
  }

  /** Answers in a later microtask, as a connection does. */
  async #ask<T>(path: string, answer: () => T): Promise<T> {
    this.asked++;
    this.busiest = Math.max(this.busiest, ++this.#inFlight);
    await undefined;
    this.#inFlight--;
    this.onRead(path);
    const refused = this.refuse.read?.(path);
    if (refused) throw refused;
    return answer();
  }

  #tell(path: string): void {
    for (const watch of this.#watches) {
      if (path !== watch.path && !path.startsWith(`${watch.path}/`)) continue;
      watch.events.push(path);
      watch.wake();
    }
  }
}
