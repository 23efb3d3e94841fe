/** A channel of the wiring as text and as a record. @module */

import { handshakeOf, type HostWiring, isFine, remoteOf, type WiredChannel } from "../wiring/types.ts";
import { DeviceError } from "../errors.ts";
import type { UnreadDomainRecord, WiredChannelRecord } from "../records.ts";
import { diskName } from "../wiring/disks.ts";
import { shortState, type XenbusState } from "../wiring/states.ts";
import { counted } from "./count.ts";
import { handshakeFields } from "./handshake.ts";
import { shortLine } from "./line.ts";
import type { Domid } from "../types.ts";
import type { Palette } from "./human.ts";

/** A domain that could not be read as a record, without its `op`. */
export function unreadRecord(domain: Domid, error: DeviceError): UnreadDomainRecord {
  return { domain, verdict: "unknown", reason: error.message };
}

/** The record, without its `op`. */
export function channelRecord(channel: WiredChannel): WiredChannelRecord {
  const { claim, port, xen, verdict, reason, stuckEnd, silent } = channel;
  const remote = remoteOf(xen);
  const backend = claim.backendDomain ?? remote?.domain;
  const strays = remote !== undefined && remote.domain !== backend;
  const status = xen?.status;
  const handshake = handshakeOf(channel);
  return {
    domain: claim.domain,
    device: claim.device,
    device_name: diskName(claim.device),
    key: claim.key,
    port,
    status: typeof status === "object" ? status.status : status,
    backend_domain: backend,
    backend_port: strays ? undefined : remote?.port,
    remote_domain: strays ? remote.domain : undefined,
    remote_port: strays ? remote.port : undefined,
    frontend_state: claim.frontendState,
    backend_state: claim.backendState,
    verdict,
    reason,
    stuck_end: stuckEnd,
    silent,
    ...handshakeFields(handshake),
    cut: claim.cut,
  };
}

/**
 * What is wrong, in one sentence. If nothing is, but not everything could be seen, the error of that; undefined if that
 * was reported already as `unseen`, or if everything is as it should be.
 */
export function faultOf(wiring: HostWiring): string | DeviceError | undefined {
  const { all, faults, cut, unknown, unread } = countChannels(wiring);
  if (faults > 0) {
    return `${faults} of ${counted(all, "channel")} ${faults === 1 ? "is not as it" : "are not as they"} should be`;
  }
  if (cut > 0) return `${leftOut(cut, "channel")}: a device has too many`;
  if (wiring.unseen !== undefined) return undefined;
  const refused = wiring.domains.find((domain) => domain.unread !== undefined)?.unread;
  if (refused !== undefined) {
    const { errno, subject } = refused;
    return new DeviceError("wiring", errno, subject, `Cannot see ${counted(unread, "domain")}`);
  }
  if (unknown === 0) return undefined;
  const first = wiring.domains.flatMap(({ channels }) => channels).find(({ verdict }) => verdict === "unknown");
  const status = first?.xen?.status;
  const errno = typeof status === "string" ? status : "ENODATA";
  const subject = first === undefined ? "wiring" : `${first.claim.device} ${first.claim.key}`;
  return new DeviceError("wiring", errno, subject, `Cannot see ${unknown} of ${counted(all, "channel")}`);
}

/** How many channels are left out of what is shown. */
export function leftOut(cut: number, noun: "channel" | "more channel"): string {
  return `${counted(cut, noun)} ${cut === 1 ? "is" : "are"} left out`;
}

/** Both ends, as in `port 5` and ` ── dom0 port 31`; an unbound channel has a broken line to the domain it waits for. */
export function wireEnds({ port, xen }: WiredChannel): readonly [near: string, far: string] {
  if (port === undefined) return ["no port", ""];
  const remote = remoteOf(xen);
  if (remote === undefined) return [`port ${port}`, ""];
  const far = remote.port === undefined ? ` ╌╌ dom${remote.domain}` : ` ── dom${remote.domain} port ${remote.port}`;
  return [`port ${port}`, far];
}

/** The states of both ends, one if they are equal; empty if the kind of device has none. */
export function statesText({ claim: { frontendState, backendState, server } }: WiredChannel): string {
  if (server !== undefined) return "";
  const [front, back] = [frontendState, backendState].map((state) =>
    state === undefined ? "no state" : stateText(state)
  );
  return frontendState === backendState ? front : `${front}/${back}`;
}

/** A state as part of a row or a label. */
export function stateText(state: XenbusState): string {
  return shortState(state, shortLine);
}

export function verdictText({ verdict }: WiredChannel, palette: Palette, width = 0): string {
  const padded = verdict.padEnd(width);
  return isFine(verdict) ? palette.dim(padded) : palette.warn(padded);
}

interface ChannelCounts {
  readonly all: number;
  readonly faults: number;
  readonly unknown: number;
  /** Channels of devices with too many, which were left out. */
  readonly cut: number;
  /** Domains that could not be read. */
  readonly unread: number;
}

export function countChannels({ domains }: HostWiring): ChannelCounts {
  const counts = { all: 0, faults: 0, unknown: 0, cut: 0, unread: 0 };
  for (const { channels, unread } of domains) {
    if (unread !== undefined) counts.unread++;
    let device: string | undefined;
    for (const { claim, verdict } of channels) {
      counts.all++;
      if (verdict === "unknown") counts.unknown++;
      else if (!isFine(verdict)) counts.faults++;
      if (claim.device !== device) counts.cut += claim.cut ?? 0;
      device = claim.device;
    }
  }
  return counts;
}

/** The counts, as in `12 channels, 1 fault`. */
export function summaryText(wiring: HostWiring): string {
  const { all, faults, unknown, cut, unread } = countChannels(wiring);
  if (all + unread === 0) return "no channels";
  const words = [counted(all, "channel")];
  if (faults > 0) words.push(counted(faults, "fault"));
  if (unknown > 0) words.push(`${unknown} unknown`);
  if (cut > 0) words.push(`${cut} left out`);
  if (unread > 0) words.push(`${counted(unread, "domain")} unknown`);
  return words.length === 1 ? `${words[0]}, ${all === 1 ? "ok" : "all ok"}` : words.join(", ");
}
