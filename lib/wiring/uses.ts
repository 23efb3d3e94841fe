/** What ports are for that belong to no device in xenstore. @module */

import { unlessRefused } from "../errors.ts";
import { parseU32 } from "../parse.ts";
import type { Domid, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { type InterruptNames, parseInterruptNames } from "../view/interrupt_names.ts";
import type { KernelFiles } from "../view/kernel_files.ts";
import type { TableEntry } from "../view/port_status.ts";

/**
 * The other end is Xen's own (consumer_is_xen, xen/common/event_channel.c): an ioreq server's, with a device model at
 * this end, or a vm_event ring's, with a monitor or xenpaging. Xen does not tell which.
 */
export const XEN_ITSELF = "Xen itself: device model or monitor";

/** The channel between domain 0's kernel and xenstored, which no toolstack makes (drivers/xen/xenbus/xenbus_probe.c). */
const OWN_STORE = "xenstore of this kernel";

/** The most interrupts that are named where it may be any of them. */
const NAMED = 3;

/** What the caller's own kernel tells. */
interface OwnKernel {
  readonly domain: Domid | undefined;
  readonly names?: InterruptNames;
  /** Its end of the channel to xenstored; undefined in a guest. */
  readonly store?: Port;
}

/** Asks Xen and the caller's kernel, whose files are read at the first port that needs them. */
export class PortUses {
  #own: Promise<OwnKernel> | undefined;

  constructor(private readonly view: HostView) {}

  /**
   * What ports of a domain are for, in its table; ports of which nothing tells that are left out.
   *
   * @param isNamed Ports that belong to a device: nobody is asked about them.
   */
  async of(domain: Domid, table: readonly TableEntry[], isNamed: (port: Port) => boolean): Promise<Map<Port, string>> {
    const pirqs = table.flatMap((entry) => entry.status === "pirq" ? [entry.pirq] : []);
    const found = await Promise.all(
      table.filter(({ port }) => !isNamed(port)).map(async (entry) =>
        [entry.port, await this.#use(domain, entry, pirqs)] as const
      ),
    );
    return new Map(found.flatMap(([port, use]) => use === undefined ? [] : [[port, use]]));
  }

  async #use(domain: Domid, entry: TableEntry, pirqs: readonly number[]): Promise<string | undefined> {
    if (entry.status === "pirq") {
      const { names, domain: own } = await this.#kernel();
      return own === domain && names !== undefined ? interruptName(entry.pirq, pirqs, names) : undefined;
    }
    if (entry.status !== "interdomain") return undefined;
    if (entry.remoteDomain === domain) {
      const { store, domain: own } = await this.#kernel();
      return own === domain && (entry.port === store || entry.remotePort === store) ? OWN_STORE : undefined;
    }
    const tables = await this.view.tables();
    return await tables.status(entry.remoteDomain, entry.remotePort) === "EACCES" ? XEN_ITSELF : undefined;
  }

  #kernel(): Promise<OwnKernel> {
    return this.#own ??= this.#read();
  }

  async #read(): Promise<OwnKernel> {
    const domain = await this.view.ownDomain();
    const files = await unlessRefused(() => this.view.files());
    if (files === undefined) return { domain };
    const [interrupts, store] = await Promise.all([
      textOf(files, "/proc/interrupts"),
      textOf(files, "/proc/xen/xsd_port"), // drivers/xen/xenfs/xenstored.c: in domain 0 alone
    ]);
    return {
      domain,
      names: interrupts === undefined ? undefined : parseInterruptNames(interrupts),
      store: parseU32(store?.trim() ?? ""),
    };
  }
}

async function textOf(files: KernelFiles, path: string): Promise<string | undefined> {
  const file = await files.read(path);
  return typeof file === "string" ? undefined : file.text;
}

/** Lines have Xen's numbers; of messages Linux does not tell them, so each one may be any that has no line. */
function interruptName(
  pirq: number,
  pirqs: readonly number[],
  { lines, messages }: InterruptNames,
): string | undefined {
  const line = lines.get(pirq);
  if (line !== undefined) return line;
  const without = pirqs.filter((each) => !lines.has(each));
  if (messages.length === 0 || messages.length > NAMED || messages.length !== without.length) return undefined;
  return messages.length === 1 ? messages[0] : `one of ${messages.join(", ")}`;
}
