/** Xen's port tables as a recording has them: by lsevtchn's texts, and by the dump of debug key e. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { type Dump, type DumpedPort, readDump } from "../decode/dump.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import { FIRST_PORT, type PortTables } from "../view/host_view.ts";
import type { PortStatus, TableEntry } from "../view/port_status.ts";
import { listRefusal } from "../view/privcmd.ts";
import type { XenTraits } from "../view/xen_traits.ts";
import { parseLsevtchn } from "./lsevtchn.ts";
import { COMMAND, type Recording, textOf } from "./recording.ts";

/** A domain's ports. */
interface Table {
  readonly ports: ReadonlyMap<Port, PortStatus>;
  /** Those that Xen itself holds. */
  readonly xen: ReadonlySet<Port>;
  /** Whether ports may be missing. */
  readonly cut: boolean;
}

export class RecordedTables implements PortTables {
  private constructor(
    private readonly tables: ReadonlyMap<Domid, Table>,
    private readonly own: Domid | undefined,
    /** Whether Xen has a domain that has no table here; undefined: nothing tells. */
    private readonly exists: (domain: Domid) => boolean | undefined,
  ) {}

  /**
   * The tables of a recording; undefined: it has none.
   *
   * @param listed Every domain of the host; undefined: they are not known.
   */
  static of(
    recording: Recording,
    { own, listed, dump }: {
      readonly own: Domid | undefined;
      readonly listed: ReadonlySet<Domid> | undefined;
      readonly dump: { readonly text: string; readonly cut: boolean } | undefined;
    },
  ): RecordedTables | undefined {
    const dumped = dump && readDump(dump.text);
    const tables = new Map<Domid, Table>();
    for (const [domain, table] of dumpedTables(dumped, dump?.cut ?? false)) tables.set(domain, table);
    for (const [domain, table] of listedTables(recording)) {
      // lsevtchn says everything but which ports Xen holds; of the dump Xen's console may have lost a part.
      tables.set(domain, { ...table, xen: tables.get(domain)?.xen ?? table.xen });
    }
    if (tables.size === 0) return undefined;
    const complete = dumped !== undefined && dumped.whole && dump?.cut === false;
    return new RecordedTables(tables, own, (domain) => complete ? false : listed?.has(domain));
  }

  status(domain: Domid, port: Port): PortStatus | Errno {
    const number = this.#numberOf(domain);
    const table = number === undefined ? undefined : this.tables.get(number);
    if (table === undefined) return this.#absent(number);
    if (table.xen.has(port)) return "EACCES"; // consumer_is_xen, before anything else
    const status = table.ports.get(port);
    if (status !== undefined) return status;
    return table.cut && port !== FIRST_PORT ? "ENODATA" : { status: "closed", vcpu: 0 };
  }

  table(domain: Domid): readonly TableEntry[] {
    const number = this.#numberOf(domain);
    const table = number === undefined ? undefined : this.tables.get(number);
    if (table === undefined) throw listRefusal(this.#absent(number), domain);
    const entries: TableEntry[] = [];
    for (const [port, status] of table.ports) {
      if (status.status !== "closed" && !table.xen.has(port)) entries.push({ port, ...status });
    }
    return entries.sort((a, b) => a.port - b.port);
  }

  /** What Xen tells of itself is not recorded. */
  traits(): XenTraits {
    return {};
  }

  #numberOf(domain: Domid): Domid | undefined {
    return domain === DOMID_SELF ? this.own : domain;
  }

  #absent(domain: Domid | undefined): Errno {
    return domain !== undefined && this.exists(domain) === false ? "ESRCH" : "ENODATA";
  }
}

function* dumpedTables(dump: Dump | undefined, cut: boolean): Generator<readonly [Domid, Table], void> {
  const domains = dump?.domains ?? [];
  for (const [i, { domain, ports }] of domains.entries()) {
    yield [domain, {
      ports: new Map(ports.map((port) => [port.port, plain(port)])),
      xen: new Set(ports.filter(({ xen }) => xen).map(({ port }) => port)),
      cut: dump!.unread.length > 0 || cut && i === domains.length - 1,
    }];
  }
}

/** Without what EVTCHNOP_status does not tell. */
function plain(dumped: DumpedPort): PortStatus {
  const { port: _port, pending: _pending, masked: _masked, xen: _xen, ...status } = dumped;
  return status;
}

function* listedTables(recording: Recording): Generator<readonly [Domid, Table], void> {
  const start = `${COMMAND.ports} `;
  for (const name of recording.sections.keys()) {
    if (!name.startsWith(start)) continue;
    const domain = name.slice(start.length);
    const section = textOf(recording, name);
    if (section === undefined || !/^\d{1,5}$/.test(domain)) continue;
    const ports = parseLsevtchn(section.text).map(({ port, ...status }) => [port, status as PortStatus] as const);
    yield [Number(domain), { ports: new Map(ports), xen: new Set(), cut: section.cut }];
  }
}
