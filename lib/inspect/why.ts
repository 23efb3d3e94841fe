/**
 * Why a channel cannot be bound: it is tried, undone, and the refusal explained by what Xen shows.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { type Bindable, bindNew } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { HostView } from "../view/host_view.ts";
import type { TableEntry } from "../view/port_status.ts";
import { isShared } from "../handle/shared.ts";
import { type Channel, type Domid, DOMID_SELF, type Port } from "../types.ts";
import { virqOf } from "../virq.ts";
import { listedDomains } from "../wiring/claims.ts";
import { type Finding, ownPortFinding, remotePortFinding } from "./why_port.ts";

/** What came of it. */
export interface WhyAnswer {
  readonly channel: string;
  /** `ok` where nothing hinders; else the errno that the kernel answers. */
  readonly result: "ok" | Errno;
  /** One sentence, without a full stop. */
  readonly message: string;
  /** What can be done; undefined where there is nothing to say. */
  readonly hint?: string;
  /** Who has it, where somebody has. */
  readonly holder?: { readonly domain: Domid; readonly port: Port };
}

/**
 * Finds out why a channel cannot be bound, or what a port is.
 *
 * @param device What it is tried on; a port is not tried, since only an event would tell.
 * @param view What the refusal is explained by.
 * @throws {DeviceError} What is no answer to the question: the device or Xen cannot be asked.
 */
export async function why(device: EventChannelDevice, channel: Channel, view: HostView): Promise<WhyAnswer> {
  const name = channelName(channel);
  if (channel.kind === "port") return { channel: name, ...await ownPortFinding(view, channel.port) };
  const refusal = await tried(device, channel);
  if (refusal === undefined) return { channel: name, result: "ok", ...free(channel), ...await unheard(channel, view) };
  const { errno, hint } = refusal;
  const finding = await explained(device, channel, errno, view);
  return { channel: name, result: errno, message: hint ?? refusal.message, ...finding };
}

/** Binds and unbinds; what refused it. */
async function tried(device: EventChannelDevice, channel: Bindable): Promise<DeviceError | undefined> {
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

/** A VIRQ of the host's that a guest could bind: before Xen 4.21 it is given to anybody and raised for domain 0 alone. */
async function unheard(channel: Channel, view: HostView): Promise<Finding> {
  if (channel.kind !== "virq" || virqOf(channel.virq)?.scope !== "global") return {};
  const own = await view.ownDomain();
  return own === undefined || own === 0
    ? {}
    : { hint: "this Xen gives it to a guest and never raises it there: it is global, and domain 0's" };
}

/** What Xen's tables say of a refusal; undefined where they say nothing, or may not be seen. */
async function explained(
  device: EventChannelDevice,
  channel: Channel,
  errno: Errno,
  view: HostView,
): Promise<Finding | undefined> {
  try {
    if (errno === "ENOSPC") return await fullTable(view);
    if (channel.kind === "virq" && errno === "EEXIST") return await virqHolder(device, channel.virq, view);
    if (channel.kind === "interdomain" && errno === "EINVAL") {
      return await remotePortFinding(view, channel.domain, channel.port);
    }
    if (channel.kind === "interdomain" && errno === "ESRCH") return await runningDomains(view, channel.domain);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { hint: `what Xen has it as cannot be seen: ${error.message}` };
  }
}

/** Who has a VIRQ: every port of this domain that is bound to it, one a vCPU at the most. */
async function virqHolder(device: EventChannelDevice, virq: number, view: HostView): Promise<Finding | undefined> {
  const table = await (await view.tables()).table(DOMID_SELF);
  const holders = table.filter((entry) => entry.status === "virq" && entry.virq === virq);
  // Binding is on vCPU 0 always.
  const holder = holders.find(({ vcpu }) => vcpu === 0) ?? holders[0];
  if (holder === undefined) return undefined;
  const domain = await view.ownDomain() ?? DOMID_SELF;
  const own = await hasPort(device, holder.port);
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
  };
}

/** Whether a port is the handle's, as far as it knows: a session's knows those of all its clients. */
async function hasPort(device: EventChannelDevice, port: Port): Promise<boolean> {
  if (device.bindings.has(port)) return true;
  return isShared(device) && (await device.status()).some((channel) => channel.port === port);
}

async function fullTable(view: HostView): Promise<Finding> {
  const table = await (await view.tables()).table(DOMID_SELF);
  return { message: `this domain has no port left: ${table.length} are in use${mostOf(table)}` };
}

/** Which kind most of the ports are of. */
function mostOf(table: readonly TableEntry[]): string {
  const counts = new Map<string, number>();
  for (const { status } of table) counts.set(status, (counts.get(status) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined ? "" : `, ${most[1]} of them ${most[0]}`;
}

/** The most domains that a sentence names. */
const NAMED_DOMAINS = 16;

async function runningDomains(view: HostView, domain: Domid): Promise<Finding> {
  const running = await unlessRefused(async () => await listedDomains(await view.store())) ?? [];
  const rest = running.length > NAMED_DOMAINS ? `, and ${running.length - NAMED_DOMAINS} more` : "";
  return {
    message: `there is no domain ${domain}`,
    ...(running.length > 0 && { hint: `xenstore has domains ${running.slice(0, NAMED_DOMAINS).join(", ")}${rest}` }),
  };
}
