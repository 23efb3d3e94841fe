/** Why a channel cannot be bound: tries it, undoes it, and explains the refusal by what Xen shows. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import { DeviceError, unlessRefused, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import { type Bindable, bindNew } from "../handle/bind.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { isShared } from "../handle/shared.ts";
import { type Channel, type Domid, DOMID_SELF, type Port } from "../types.ts";
import { domainExists, domainsInXen, type HostView, type PortTables } from "../view/host_view.ts";
import type { PortStatus, TableEntry } from "../view/port_status.ts";
import { virqOf } from "../virq.ts";
import { listedDomains } from "../wiring/claims.ts";
import type { Process } from "./processes.ts";

export interface WhyAnswer {
  readonly channel: string;
  /** `ok` if nothing prevents it, else the kernel's errno. */
  readonly result: "ok" | Errno;
  readonly message: string;
  /** What to do; undefined if nothing helps. */
  readonly hint?: string;
  /** The port that holds the VIRQ, or that the channel is bound to. */
  readonly holder?: { readonly domain: Domid; readonly port: Port };
  /** The processes of which one holds the VIRQ; undefined if they cannot be seen, or a kernel has it. */
  readonly processes?: readonly Process[];
  /** Whether a process that is not among them may hold it. */
  readonly hidden?: true;
}

/** The part of an answer that Xen's tables and xenstore explain. */
type Explanation = Partial<Pick<WhyAnswer, "message" | "hint" | "holder" | "processes" | "hidden">>;

/**
 * Finds out why a channel cannot be bound, or what a port is.
 *
 * @param device Tries to bind the channel; a port is only looked up.
 * @throws {DeviceError} The device or Xen cannot be asked.
 */
export async function why(device: EventChannelDevice, channel: Channel, view: HostView): Promise<WhyAnswer> {
  const name = channelName(channel);
  if (channel.kind === "port") return { channel: name, ...await ownPort(view, channel.port) };
  const refusal = await tryToBind(device, channel);
  if (refusal === undefined) {
    return { channel: name, result: "ok", ...free(channel), ...await neverRaised(channel, view) };
  }
  const { errno, hint } = refusal;
  const explanation = await explained(device, channel, errno, view);
  return { channel: name, result: errno, message: hint ?? refusal.message, ...explanation };
}

/**
 * {@linkcode why} of a recording, in which nothing can be tried.
 *
 * @throws {UsageError} It has to be tried.
 * @throws {DeviceError} The recording does not tell.
 */
export async function whyRecorded(channel: Channel, view: HostView): Promise<WhyAnswer> {
  const name = channelName(channel);
  switch (channel.kind) {
    case "port":
      return { channel: name, ...await ownPort(view, channel.port) };
    case "virq": {
      const held = await virqHolder(undefined, channel.virq, view);
      return held === undefined
        ? { channel: name, result: "ok", message: "nobody in this domain holds it" }
        : { channel: name, result: "EEXIST", message: "this domain holds it", ...held };
    }
    case "interdomain":
      return { channel: name, ...await recordedPort(view, channel.domain, channel.port) };
    case "unbound":
      throw new UsageError(`Cannot say of a snapshot whether "${name}" can be bound: it has to be tried`);
  }
}

/** Whether the control domain could bind a port of another domain. */
async function recordedPort(view: HostView, domain: Domid, port: Port): Promise<Omit<WhyAnswer, "channel">> {
  const status = await (await view.tables()).status(domain, port);
  if (status === "ENODATA") {
    throw new DeviceError("why", status, String(port), `Cannot look at port ${port}`, explain("list", status));
  }
  if (status === "ESRCH") return { result: "ESRCH", message: "", ...await runningDomains(view, domain) };
  const own = await view.ownDomain();
  if (typeof status !== "string" && status.status === "unbound" && status.remoteDomain === own) {
    return { result: "ok", message: `it waits for domain ${own} to bind it` };
  }
  return { result: "EINVAL", message: "", ...await remotePort(view, domain, port) };
}

async function tryToBind(device: EventChannelDevice, channel: Bindable): Promise<DeviceError | undefined> {
  try {
    await device.unbind(await bindNew(device, channel));
  } catch (error) {
    if (error instanceof DeviceError) return error;
    throw error;
  }
}

function free(channel: Channel): Pick<WhyAnswer, "message" | "hint"> {
  switch (channel.kind) {
    case "virq":
      return { message: "nobody holds it: it was bound and let go again" };
    case "interdomain":
      return {
        message: "it waits for this domain: it was bound and let go again",
        hint: "bound and not watched yet, a port loses no event: the first one is there when somebody reads",
      };
    default:
      return { message: "a port was allocated for it and let go again" };
  }
}

/** Before Xen 4.21 a guest can bind a global VIRQ, but Xen raises it in domain 0 only. */
async function neverRaised(channel: Channel, view: HostView): Promise<Explanation> {
  if (channel.kind !== "virq" || virqOf(channel.virq)?.scope !== "global") return {};
  const own = await view.ownDomain();
  return own === undefined || own === 0
    ? {}
    : { hint: "this Xen gives it to a guest and never raises it there: it is global, and domain 0's" };
}

async function explained(
  device: EventChannelDevice,
  channel: Channel,
  errno: Errno,
  view: HostView,
): Promise<Explanation | undefined> {
  try {
    if (errno === "ENOSPC") return await fullTable(view);
    if (channel.kind === "virq" && errno === "EEXIST") return await virqHolder(device, channel.virq, view);
    if (channel.kind === "interdomain" && errno === "EINVAL") {
      return await remotePort(view, channel.domain, channel.port);
    }
    if (channel.kind === "interdomain" && errno === "ESRCH") return await runningDomains(view, channel.domain);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { hint: `what Xen has it as cannot be seen: ${error.message}` };
  }
}

async function virqHolder(
  device: EventChannelDevice | undefined,
  virq: number,
  view: HostView,
): Promise<Explanation | undefined> {
  const table = await (await view.tables()).table(DOMID_SELF);
  const holders = table.filter((entry) => entry.status === "virq" && entry.virq === virq);
  // The driver binds on vCPU 0.
  const holder = holders.find(({ vcpu }) => vcpu === 0) ?? holders[0];
  if (holder === undefined) return undefined;
  const domain = await view.ownDomain() ?? DOMID_SELF;
  const own = device !== undefined && await hasPort(device, holder.port);
  const usual = virqOf(virq)?.owner ?? "none";
  const who = own ? ": this very handle" : usual === "none" ? "" : ` (its usual owner: ${usual})`;
  return {
    message: `port ${holder.port} of this domain holds it${who}`,
    hint: own
      ? "unbind it first, or watch it by its port"
      : usual.endsWith("kernel")
      ? "a kernel keeps its VIRQs as long as it runs"
      : "a VIRQ has one holder a vCPU or a domain: it is free when that program ends",
    holder: { domain, port: holder.port },
    ...own || usual.endsWith("kernel") ? undefined : await possibleProcesses(view),
  };
}

/** Those that may hold a VIRQ that no kernel binds. */
async function possibleProcesses(view: HostView): Promise<Explanation | undefined> {
  const { possibleHolders } = await import("./holders.ts");
  const found = await unlessRefused(() => possibleHolders(view));
  return found && { processes: found.holders, hidden: found.incomplete || undefined };
}

/** A session's handle knows the ports of all its clients. */
async function hasPort(device: EventChannelDevice, port: Port): Promise<boolean> {
  if (device.bindings.has(port)) return true;
  return isShared(device) && (await device.status()).some((channel) => channel.port === port);
}

async function fullTable(view: HostView): Promise<Explanation> {
  const table = await (await view.tables()).table(DOMID_SELF);
  return { message: `this domain has no port left: ${table.length} are in use${mostOf(table)}` };
}

function mostOf(table: readonly TableEntry[]): string {
  const counts = new Map<string, number>();
  for (const { status } of table) counts.set(status, (counts.get(status) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined ? "" : `, ${most[1]} of them ${most[0]}`;
}

const NAMED_DOMAINS = 16;

async function runningDomains(view: HostView, domain: Domid): Promise<Explanation> {
  const listed = await unlessRefused(async () => await listedDomains(await view.store()));
  const inXen = async () => view.silent === undefined ? [] : await domainsInXen(view);
  const running = listed ?? await unlessRefused(inXen) ?? [];
  const rest = running.length > NAMED_DOMAINS ? `, and ${running.length - NAMED_DOMAINS} more` : "";
  return {
    message: `there is no domain ${domain}`,
    ...(running.length > 0 &&
      { hint: `${listed ? "xenstore" : "Xen"} has domains ${running.slice(0, NAMED_DOMAINS).join(", ")}${rest}` }),
  };
}

/** Why this domain cannot bind a port of another domain, or of its own. */
async function remotePort(view: HostView, domain: Domid, port: Port): Promise<Explanation> {
  const tables = await view.tables();
  const status = await tables.status(domain, port);
  const own = await view.ownDomain();
  const whose = domain === DOMID_SELF || domain === own ? "this domain" : `domain ${domain}`;
  if (typeof status === "string") return unanswered(status, whose, port);
  switch (status.status) {
    case "closed":
      return {
        message: `port ${port} of ${whose} is closed: nobody there has allocated it, or it was let go`,
        hint: "a port can be bound once its domain has allocated it for this one; xenstore may still name an old one",
      };
    case "unbound":
      return await unboundPort(tables, status.remoteDomain, own, `port ${port} of ${whose}`);
    case "interdomain":
      return {
        message: `port ${port} of ${whose} is taken: it is bound to ${end(status, own)}`,
        hint: "a channel has two ends and no third: let go of that one, or have another port allocated",
        holder: { domain: status.remoteDomain, port: status.remotePort },
      };
    default:
      return { message: `port ${port} of ${whose} is no end of a channel: it is its ${interrupt(status)}` };
  }
}

function unanswered(errno: Errno, whose: string, port: Port): Explanation {
  switch (errno) {
    case "EINVAL":
      return { message: `${whose} has no port ${port}: its table ends before it` };
    case "EPERM":
      return {
        hint: `only the control domain sees the ports of ${whose}: ask there, \`evtchn why\` or \`evtchn list\``,
      };
    case "EACCES":
      return { message: `port ${port} of ${whose} is Xen's own: a device model's, or a monitor's` };
    default:
      return {};
  }
}

async function unboundPort(
  tables: PortTables,
  remote: Domid,
  own: Domid | undefined,
  port: string,
): Promise<Explanation> {
  if (remote === own) return { message: `${port} is free for this domain now`, hint: "try it again" };
  const there = await domainExists(tables, remote) !== false;
  return {
    message: `${port} is reserved for domain ${remote}${there ? "" : ", which is not there"}`,
    hint: own === undefined
      ? "only that domain may bind it"
      : `this is domain ${own}: have it allocated for ${own}, such as \`alloc-unbound ${own}\` there`,
  };
}

/** What a port of this domain is. Throws a DeviceError if Xen does not answer, as in guests without hypercalls. */
async function ownPort(view: HostView, port: Port): Promise<Omit<WhyAnswer, "channel">> {
  const tables = await view.tables();
  const status = await tables.status(DOMID_SELF, port);
  if (status === "EACCES") {
    return { result: "ok", message: `port ${port} is Xen's own: a device model's, or a monitor's` };
  }
  if (typeof status === "string" && status !== "EINVAL") {
    throw new DeviceError("why", status, String(port), `Cannot look at port ${port}`, explain("list", status));
  }
  if (status === "EINVAL" || status.status === "closed") {
    const ends = status === "EINVAL" ? "this domain has no port" : "nobody in this domain holds port";
    return { result: "ENOTCONN", message: `${ends} ${port}`, hint: "a port dies with the handle that bound it" };
  }
  const own = await view.ownDomain();
  if (status.status === "unbound") {
    const there = await domainExists(tables, status.remoteDomain) !== false;
    return {
      result: there ? "ok" : "ESRCH",
      message: `port ${port} waits for domain ${status.remoteDomain} to bind it` +
        (there ? "" : ", and there is no such domain: its peer is gone"),
      hint: "until then a notify is accepted, and reaches nobody",
    };
  }
  if (status.status !== "interdomain") {
    const article = status.status === "ipi" ? "an " : "";
    return { result: "ok", message: `port ${port} is ${article}${interrupt(status)}` };
  }
  return {
    result: "ok",
    message: `port ${port} is bound to ${end(status, own)}`,
    hint: "it belongs to the handle that bound it: any other is answered ENOTCONN",
    holder: { domain: status.remoteDomain, port: status.remotePort },
  };
}

function end({ remoteDomain, remotePort }: PortStatus & { status: "interdomain" }, own: Domid | undefined): string {
  return `port ${remotePort} of ${remoteDomain === own ? "this domain" : `domain ${remoteDomain}`}`;
}

/** What raises a port that is not bound to a domain. */
function interrupt(status: PortStatus): string {
  switch (status.status) {
    case "virq":
      return `${channelName({ kind: "virq", virq: status.virq })} on vCPU ${status.vcpu}`;
    case "pirq":
      return `physical interrupt ${status.pirq}`;
    default:
      return `interrupt between vCPUs, on vCPU ${status.vcpu}`;
  }
}
