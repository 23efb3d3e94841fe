/**
 * Which channels are stuck: an event waits at one end in two looks at Xen's bits, and nothing of it moved in between.
 * One look does not tell, since an event in delivery is pending for a moment too. @module
 */

import type { Clock } from "../clock.ts";
import type { DumpedPort } from "../decode/dump.ts";
import { type LiveBits, lookAtBits } from "../decode/live.ts";
import { waits } from "../decode/stuck.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import type { Domid, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { XenDomain } from "../view/xen_control.ts";
import type { HostWiring, WiredChannel } from "./types.ts";

export interface StuckOptions {
  /** Milliseconds between the two looks. The second one is left out if the first shows nothing that waits. */
  readonly settle: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface StuckLook {
  /** With the verdict `stuck` where a channel is. */
  readonly wiring: HostWiring;
  /** Why Xen's bits could not be read. */
  readonly refused?: DeviceError;
  /** How many ends of channels are not in Xen's dump, because its console ring is too small. */
  readonly missing: number;
}

/** One end of a channel, at a port of a domain. */
export interface End {
  readonly channel: WiredChannel;
  readonly which: "frontend" | "backend";
  readonly domain: Domid;
  readonly port: Port;
  /** The port of the other end. */
  readonly far: Port;
}

/** Looks at the ends of the channels that are ok so far. Never throws a DeviceError. */
export async function lookForStuck(
  view: HostView,
  wiring: HostWiring,
  { settle, clock, signal }: StuckOptions,
): Promise<StuckLook> {
  const ends = wiring.domains.flatMap(({ channels }) => channels.flatMap(endsOf));
  if (wiring.unseen !== undefined || ends.length === 0) return { wiring, missing: 0 };
  let first: LiveBits;
  try {
    first = await lookAtBits(view);
  } catch (error) {
    if (error instanceof DeviceError) return { wiring, refused: error, missing: 0 };
    throw error;
  }
  const missing = first.whole ? 0 : ends.filter(({ domain, port }) => first.of(domain, port) === undefined).length;
  const waiting = ends.flatMap((end) => {
    const bits = waitingAt(end, first);
    return bits === undefined ? [] : [{ end, bits }];
  });
  if (waiting.length === 0 || !await clock.sleep(settle, signal)) return { wiring, missing };
  const second = await unlessRefused(() => lookAtBits(view));
  const stuck = waiting.filter(({ end, bits }) => second && waitingAt(end, second)?.masked === bits.masked);
  if (stuck.length === 0) return { wiring, missing };
  const domains = await unlessRefused(async () => await (await view.xen()).domains()) ?? [];
  const { Interfaces } = await import("./netback.ts");
  const interfaces = new Interfaces(view, ends, first);
  const judged = new Map<WiredChannel, WiredChannel>();
  for (const { end, bits } of stuck) { // of a channel's two ends the backend's comes first
    if (judged.get(end.channel)?.verdict === "stuck") continue;
    judged.set(end.channel, await interfaces.isDown(end) ? downChannel(end) : stuckChannel(end, bits, domains));
  }
  return { wiring: replaced(wiring, judged), missing };
}

/** Both ends of a bound channel, where nothing else is wrong with it. */
function endsOf(channel: WiredChannel): End[] {
  const { claim, port, xen, verdict } = channel;
  const status = xen?.status;
  if (verdict !== "ok" || port === undefined || typeof status !== "object" || status.status !== "interdomain") {
    return [];
  }
  const [near, far] = [port, status.remotePort];
  return [
    { channel, which: "backend", domain: status.remoteDomain, port: far, far: near },
    { channel, which: "frontend", domain: claim.domain, port: near, far },
  ];
}

/** The bits of an end at which an event waits; undefined if none does, or the port is another channel's by now. */
function waitingAt({ domain, port, far }: End, bits: LiveBits): DumpedPort | undefined {
  const found = bits.of(domain, port);
  return found?.status === "interdomain" && found.remotePort === far && waits(found) ? found : undefined;
}

function stuckChannel(
  { channel, which, domain, port }: End,
  bits: DumpedPort,
  domains: readonly XenDomain[],
): WiredChannel {
  const place = `an event waits at port ${port} of domain ${domain}`;
  const reason = bits.masked
    ? `${place}, which is masked: ${masked(channel, which, domain)}`
    : `${place}, and vCPU ${bits.vcpu} there does not take it: ${
      untaken(domains.find((each) => each.domain === domain))
    }`;
  return { ...channel, verdict: "stuck", reason, stuckEnd: which };
}

function downChannel({ channel, domain }: End): WiredChannel {
  return {
    ...channel,
    verdict: "idle",
    reason: `the interface in domain ${domain} is down, and takes no events until it is up`,
  };
}

/** Who has not unmasked it. */
function masked({ claim: { server } }: WiredChannel, which: End["which"], domain: Domid): string {
  if (which === "frontend") {
    return "the frontend's driver was told of the last one and has not unmasked since; it hangs, or its guest does";
  }
  if (server !== undefined) return `${server} was told of the last one and has not unmasked since: is it stopped?`;
  return `the backend in domain ${domain} was told of the last one and has not unmasked since; ` +
    "its driver or device model hangs";
}

function untaken(domain: XenDomain | undefined): string {
  if (domain?.dying) return "the domain is being destroyed";
  if (domain?.paused) return "the domain is paused; `xl unpause` lets it run";
  if (domain?.shutdown) return "its kernel has ended or is suspended";
  return "it hangs, or gets no time of a processor";
}

function replaced(wiring: HostWiring, judged: ReadonlyMap<WiredChannel, WiredChannel>): HostWiring {
  const domains = wiring.domains.map((each) => ({
    ...each,
    channels: each.channels.map((channel) => judged.get(channel) ?? channel),
  }));
  return { ...wiring, domains };
}
