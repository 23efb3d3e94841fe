/**
 * What Xen has a port as, in words.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { domainExists } from "../view/existence.ts";
import type { HostView, PortTables } from "../view/host_view.ts";
import type { PortStatus } from "../view/port_status.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";

/** What explains a refusal. */
export interface Finding {
  readonly message?: string;
  readonly hint?: string;
  readonly holder?: { readonly domain: Domid; readonly port: Port };
}

/**
 * Why this domain cannot bind a port of another one, or of its own.
 *
 * @throws {DeviceError} Xen cannot be asked.
 */
export async function remotePortFinding(view: HostView, domain: Domid, port: Port): Promise<Finding> {
  const tables = await view.tables();
  const status = await tables.status(domain, port);
  const own = await view.ownDomain();
  const whose = domain === DOMID_SELF || domain === own ? "this domain" : `domain ${domain}`;
  if (typeof status === "string") return unseen(status, whose, port);
  switch (status.status) {
    case "closed":
      return {
        message: `port ${port} of ${whose} is closed: nobody there has allocated it, or it was let go`,
        hint: "a port can be bound once its domain has allocated it for this one; xenstore may still name an old one",
      };
    case "unbound":
      return await reserved(tables, status.remoteDomain, own, whose, port);
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

/** Why the other domain's port cannot be looked at. */
function unseen(errno: Errno, whose: string, port: Port): Finding {
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

async function reserved(
  tables: PortTables,
  remote: Domid,
  own: Domid | undefined,
  whose: string,
  port: Port,
): Promise<Finding> {
  if (remote === own) return { message: `port ${port} of ${whose} is free for this domain now`, hint: "try it again" };
  const there = await domainExists(tables, remote) !== false;
  return {
    message: `port ${port} of ${whose} is reserved for domain ${remote}${there ? "" : ", which is not there"}`,
    hint: own === undefined
      ? "only that domain may bind it"
      : `this is domain ${own}: have it allocated for ${own}, such as \`alloc-unbound ${own}\` there`,
  };
}

/**
 * What a port of one's own domain is.
 *
 * @throws {DeviceError} Xen cannot be asked, or does not answer, as it does a guest whose privcmd makes no hypercalls.
 */
export async function ownPortFinding(
  view: HostView,
  port: Port,
): Promise<Finding & { readonly result: "ok" | Errno; readonly message: string }> {
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

/** A port that leads to no domain, by what raises it. */
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
