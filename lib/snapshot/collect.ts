/** Writes a snapshot of a host that can be looked at: what lib/snapshot/collect.sh writes, without any tool. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import type { Domid } from "../types.ts";
import { domainsInXen, type HostView } from "../view/host_view.ts";
import type { FileText, KernelFiles } from "../view/kernel_files.ts";
import type { Store } from "../xenstore/store.ts";
import { DOMAINS, listedDomains } from "../wiring/claims.ts";
import { beginning, LAST, missingLines, sectionLines } from "./format.ts";
import { lsevtchnLines } from "./lsevtchn.ts";
import { COMMAND } from "./recording.ts";
import { quotedValue } from "./xenstore_ls.ts";
import { domainLines } from "./xl_list.ts";

export interface Collecting {
  /** Microseconds since 1970, UTC. */
  readonly now: number;
  /** Whether to press Xen's debug key e, whose text stays in Xen's console. */
  readonly pressesKey: boolean;
}

/** The text of a snapshot, in pieces. What the view refuses is told in its place. */
export async function* collect(view: HostView, { now, pressesKey }: Collecting): AsyncGenerator<string, void> {
  const files = await attempt(async () => await view.files());
  const host = view.recorded?.host ?? await hostName(files);
  yield* beginning(host, view.recorded?.time ?? now);
  const own = await view.ownDomain();
  yield* own === undefined ? missingLines(COMMAND.own, "nothing tells it") : sectionLines(COMMAND.own, `${own}\n`);
  const domains = await attempt(async () => await (await view.xen()).domains());
  yield* domains instanceof DeviceError
    ? missingLines("domains", domains.message)
    : sectionLines("domains", joined(domainLines(domains)));
  yield* await section(COMMAND.store, async () => joined(await nodeLines(await view.store(), own)));
  const known = domains instanceof DeviceError ? undefined : domains.map(({ domain }) => domain);
  yield (await portSections(view, known)).join("");
  yield* pressesKey
    ? await section("dump e", async () => await (await view.xen()).dump("e"))
    : missingLines("dump e", "--no-debug-key was given");
  if (!(files instanceof DeviceError)) yield (await new Files(files).sections()).join("");
  yield LAST;
}

async function hostName(files: KernelFiles | DeviceError): Promise<string | undefined> {
  if (files instanceof DeviceError) return undefined;
  const name = await files.read("/proc/sys/kernel/hostname");
  return typeof name === "string" ? undefined : name.text.trim();
}

async function attempt<T>(work: () => Promise<T>): Promise<T | DeviceError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DeviceError) return error;
    throw error;
  }
}

/** A section, or why there is none. */
async function section(name: string, work: () => Promise<string>): Promise<Iterable<string>> {
  const text = await attempt(work);
  return text instanceof DeviceError ? missingLines(name, text.message) : sectionLines(name, text);
}

function joined(lines: Iterable<string>): string {
  const text = [...lines].join("\n");
  return text === "" ? "" : text + "\n";
}

/** The ports of every domain that Xen or xenstore has. */
async function portSections(view: HostView, known: readonly Domid[] | undefined): Promise<string[]> {
  const tables = await attempt(async () => await view.tables());
  if (tables instanceof DeviceError) return [...missingLines(COMMAND.ports, tables.message)];
  const listed = known ?? await attempt(async () => await listedDomains(await view.store()));
  const domains = listed instanceof DeviceError ? await domainsInXen(view) : listed;
  const lines: string[] = [];
  for (const domain of domains) {
    const name = `${COMMAND.ports} ${domain}`;
    const found = await section(name, async () => joined(lsevtchnLines(await tables.table(domain))));
    for (const line of found) lines.push(line);
  }
  return lines;
}

/** How many nodes are asked about at the same time: as many requests as xenbus takes. */
const AT_ONCE = 32;

/** Nodes whose values stay out of a snapshot: passwords, and what a user of a guest has copied. */
const SECRET = /passw|_clipboard$/;

/** The nodes of xenstore as `xenstore-ls -f` prints them, each before those below it. */
async function nodeLines(store: Store, own: Domid | undefined): Promise<string[]> {
  const below = async (path: string, names: readonly string[]): Promise<string[]> => {
    const all: string[] = [];
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const some = await Promise.all(names.slice(start, start + AT_ONCE).map((name) => node(`${path}/${name}`)));
      for (const lines of some) for (const line of lines) all.push(line);
    }
    return all;
  };
  const node = async (path: string): Promise<string[]> => {
    const [value, names] = await Promise.all([
      unlessForbidden(() => store.read(path)),
      unlessForbidden(() => store.directory(path)),
    ]);
    const text = value !== undefined && SECRET.test(path) ? "" : value;
    const lines = [text === undefined ? `${path}:` : `${path} = "${quotedValue(text)}"`];
    for (const line of await below(path, names ?? [])) lines.push(line);
    return lines;
  };
  const domains = await unlessForbidden(() => store.directory(DOMAINS));
  if (domains !== undefined) return await below("", await unlessForbidden(() => store.directory("/")) ?? ["local"]);
  // A guest may read its own folder, and those of its backends.
  const lines = own === undefined ? [] : await node(`${DOMAINS}/${own}`);
  const backends = lines.flatMap((line) => /\/backend = "(\/local\/domain\/[\w/@:.+-]+)"$/.exec(line)?.[1] ?? []);
  for (const backend of new Set(backends)) lines.push(...await node(backend));
  return lines;
}

/** Undefined: this node may not be read. A xenstored that does not answer is another matter. */
async function unlessForbidden<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DeviceError && (error.errno === "EACCES" || error.errno === "EINVAL")) return undefined;
    throw error;
  }
}

const HYPERVISOR = ["type", "version/major", "version/minor", "version/extra"];
const PROPERTIES = ["capabilities", "changeset"];
const PROC = [
  "version",
  "uptime",
  "schedstat",
  "misc",
  "modules",
  "xen/capabilities",
  "xen/xsd_port",
  "interrupts",
  "stat",
];

/** Files that are recorded as they are. */
const FILES = [
  ...HYPERVISOR.map((name) => `/sys/hypervisor/${name}`),
  ...PROPERTIES.map((name) => `/sys/hypervisor/properties/${name}`),
  ...PROC.map((name) => `/proc/${name}`),
];

const BUSES = ["/sys/bus/xen-backend/devices", "/sys/bus/xen/devices"];

const COUNTERS = ["event_channels", "events", "spurious_events", "jiffies_eoi_delayed", "spurious_threshold"];

/** Devices of which it is recorded who has them open. */
const HELD: readonly string[] = ["/dev/xen/evtchn", "/dev/xenevt"];

/** Records a kernel's files. */
class Files {
  readonly #lines: string[] = [];

  constructor(private readonly files: KernelFiles) {}

  async sections(): Promise<readonly string[]> {
    this.#folder("/dev/xen", await this.files.list("/dev/xen"));
    for (const path of FILES) await this.#file(path);
    for (const bus of BUSES) await this.#bus(bus);
    await this.#processes();
    return this.#lines;
  }

  async #bus(bus: string): Promise<void> {
    const names = await this.files.list(bus);
    this.#folder(bus, names);
    if (typeof names === "string") return;
    for (const device of names.map((name) => `${bus}/${name}`)) {
      await this.#file(`${device}/state`);
      for (const counter of COUNTERS) await this.#file(`${device}/xenbus/${counter}`);
      await this.#link(`${device}/driver`);
      const net = await this.files.list(`${device}/net`);
      if (typeof net !== "string") this.#folder(`${device}/net`, net);
    }
  }

  /** The processes that have the device open, and no others but the first, which shows that none is hidden. */
  async #processes(): Promise<void> {
    const { files } = this;
    const all = await files.list("/proc");
    if (typeof all === "string") return this.#folder("/proc", all);
    const holders = new Map<string, string[]>();
    let hidden = false;
    for (const pid of all.filter((name) => /^\d+$/.test(name))) {
      const fds = await files.list(`/proc/${pid}/fd`);
      hidden ||= fds === "EACCES";
      if (typeof fds === "string") continue; // it has ended
      for (const fd of fds) {
        const target = await files.link(`/proc/${pid}/fd/${fd}`);
        if (typeof target === "string" || !HELD.includes(target.text)) continue;
        holders.set(pid, [...holders.get(pid) ?? [], fd]);
      }
    }
    const first = all.includes("1") ? ["1"] : [];
    this.#folder("/proc", hidden ? "EACCES" : [...new Set([...first, ...holders.keys()])]);
    for (const [pid, fds] of holders) {
      for (const name of ["comm", "stat", "status"]) await this.#file(`/proc/${pid}/${name}`);
      this.#folder(`/proc/${pid}/fd`, fds);
      for (const fd of fds) await this.#link(`/proc/${pid}/fd/${fd}`);
    }
  }

  #folder(path: string, names: readonly string[] | Errno): void {
    this.#add(`folder ${path}`, typeof names === "string" ? names : { text: joined(names) });
  }

  async #file(path: string): Promise<void> {
    this.#add(`file ${path}`, await this.files.read(path));
  }

  async #link(path: string): Promise<void> {
    this.#add(`link ${path}`, await this.files.link(path));
  }

  #add(name: string, found: FileText | Errno): void {
    const lines = typeof found === "string" ? missingLines(name, found) : sectionLines(name, found.text);
    for (const line of lines) this.#lines.push(line);
  }
}
