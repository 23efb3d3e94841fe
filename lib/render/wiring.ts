/**
 * A channel of the wiring, in records and in words.
 *
 * @module
 */

import { type HostWiring, isFine, remoteOf, type WiredChannel } from "../wiring/types.ts";
import { jsonLine } from "./json.ts";
import { oneLine } from "./line.ts";
import type { Palette } from "./human.ts";

/** The record of one channel. */
export interface ChannelRecord {
  readonly domain: number;
  readonly device: string;
  readonly key: string;
  /** Undefined where xenstore has none. */
  readonly port?: number;
  /** The port's state in Xen, or the errno that Xen answered; undefined where it was not asked. */
  readonly status?: string;
  /** The backend's domain by xenstore, and its port where Xen has it bound. */
  readonly backend_domain?: number;
  readonly backend_port?: number;
  /** Where the port leads, if not to the backend's domain. */
  readonly remote_domain?: number;
  readonly remote_port?: number;
  readonly frontend_state?: string;
  readonly backend_state?: string;
  readonly verdict: string;
  readonly reason?: string;
}

/** The record of a statement. */
export interface WiringRecord {
  readonly op: "wiring";
  readonly channels: readonly ChannelRecord[];
  /** How many of them are not known to be as they should. */
  readonly faults: number;
}

/** One channel as a record, without its `op`. */
export function channelRecord({ claim, port, xen, verdict, reason }: WiredChannel): ChannelRecord {
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

/** The channels as JSON Lines; with `faultsOnly` only those that are not known to be as they should. */
export function wiringLines({ domains }: HostWiring, faultsOnly = false): string {
  return domains.flatMap(({ channels }) => channels).filter(({ verdict }) => !faultsOnly || !isFine(verdict))
    .map((channel) => jsonLine({ op: "wiring", ...channelRecord(channel) })).join("");
}

/** All channels as one record: what a statement of a script says. */
export function wiringRecord({ domains }: HostWiring): WiringRecord {
  const channels = domains.flatMap(({ channels }) => channels);
  return {
    op: "wiring",
    channels: channels.map(channelRecord),
    faults: channels.filter(({ verdict }) => !isFine(verdict)).length,
  };
}

/** What is wrong with a wiring, in a sentence; undefined where nothing is. */
export function faultText({ domains, unseen }: HostWiring): string | undefined {
  if (unseen !== undefined) return `Xen's side is unknown: ${unseen.message}`;
  const channels = domains.flatMap(({ channels }) => channels);
  const faults = channels.filter(({ verdict }) => !isFine(verdict)).length;
  if (faults === 0) return undefined;
  return `${faults} of ${channels.length} channels ${faults === 1 ? "is" : "are"} not as ${
    faults === 1 ? "it" : "they"
  } should be`;
}

/** What is at the ends of a channel, as in `port 5` and ` ── dom0 port 31`; a broken line leads to whom it waits for. */
export function wireEnds({ port, xen }: WiredChannel): readonly [near: string, far: string] {
  if (port === undefined) return ["no port", ""];
  const remote = remoteOf(xen);
  if (remote === undefined) return [`port ${port}`, ""];
  const far = remote.port === undefined ? ` ╌╌ dom${remote.domain}` : ` ── dom${remote.domain} port ${remote.port}`;
  return [`port ${port}`, far];
}

/** The states of both ends, once where they are the same; empty where the kind has none. */
export function statesText({ claim: { frontendState, backendState, server } }: WiredChannel): string {
  if (server !== undefined) return "";
  if (frontendState === backendState) return oneLine(frontendState ?? "no state");
  return oneLine(`${frontendState ?? "no state"}/${backendState ?? "no state"}`);
}

/** The verdict, coloured. */
export function verdictText({ verdict }: WiredChannel, palette: Palette, width = 0): string {
  const padded = verdict.padEnd(width);
  return isFine(verdict) ? palette.dim(padded) : palette.warn(padded);
}

/** How many channels there are, and how many of them are not as they should be. */
export function countChannels(channels: readonly WiredChannel[]): { all: number; faults: number; unknown: number } {
  const unknown = channels.filter(({ verdict }) => verdict === "unknown").length;
  const faults = channels.filter(({ verdict }) => !isFine(verdict)).length - unknown;
  return { all: channels.length, faults, unknown };
}

/** The same in words, as in `12 channels, 1 fault`. */
export function summaryText(channels: readonly WiredChannel[]): string {
  const { all, faults, unknown } = countChannels(channels);
  if (all === 0) return "no channels";
  const words = [`${all} channel${all === 1 ? "" : "s"}`];
  if (faults > 0) words.push(`${faults} fault${faults === 1 ? "" : "s"}`);
  if (unknown > 0) words.push(`${unknown} unknown`);
  return words.length === 1 ? `${words[0]}, ${all === 1 ? "ok" : "all ok"}` : words.join(", ");
}
