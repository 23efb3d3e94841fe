/** A channel of the wiring as text and as a record. @module */

import { type HostWiring, isFine, remoteOf, type WiredChannel } from "../wiring/types.ts";
import type { WiredChannelRecord } from "../records.ts";
import { oneLine } from "./line.ts";
import type { Palette } from "./human.ts";

/** The record, without its `op`. */
export function channelRecord({ claim, port, xen, verdict, reason }: WiredChannel): WiredChannelRecord {
  const remote = remoteOf(xen);
  const backend = claim.backendDomain ?? remote?.domain;
  const strays = remote !== undefined && remote.domain !== backend;
  const status = xen?.status;
  return {
    domain: claim.domain,
    device: claim.device,
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
  };
}

/** One sentence about the faults; undefined if there are none. */
export function faultText({ domains }: HostWiring): string | undefined {
  const channels = domains.flatMap(({ channels }) => channels);
  const faults = channels.filter(({ verdict }) => !isFine(verdict)).length;
  if (faults === 0) return undefined;
  return `${faults} of ${channels.length} channels ${faults === 1 ? "is" : "are"} not as ${
    faults === 1 ? "it" : "they"
  } should be`;
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
  if (frontendState === backendState) return oneLine(frontendState ?? "no state");
  return oneLine(`${frontendState ?? "no state"}/${backendState ?? "no state"}`);
}

export function verdictText({ verdict }: WiredChannel, palette: Palette, width = 0): string {
  const padded = verdict.padEnd(width);
  return isFine(verdict) ? palette.dim(padded) : palette.warn(padded);
}

export function countChannels(channels: readonly WiredChannel[]): { all: number; faults: number; unknown: number } {
  const unknown = channels.filter(({ verdict }) => verdict === "unknown").length;
  const faults = channels.filter(({ verdict }) => !isFine(verdict)).length - unknown;
  return { all: channels.length, faults, unknown };
}

/** The counts, as in `12 channels, 1 fault`. */
export function summaryText(channels: readonly WiredChannel[]): string {
  const { all, faults, unknown } = countChannels(channels);
  if (all === 0) return "no channels";
  const words = [`${all} channel${all === 1 ? "" : "s"}`];
  if (faults > 0) words.push(`${faults} fault${faults === 1 ? "" : "s"}`);
  if (unknown > 0) words.push(`${unknown} unknown`);
  return words.length === 1 ? `${words[0]}, ${all === 1 ? "ok" : "all ok"}` : words.join(", ");
}
