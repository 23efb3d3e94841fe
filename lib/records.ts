/**
 * The records of `--json`: one object a line, keys that do not change, numbers that are numbers.
 *
 * @module
 */

import type { Domid, Port } from "./types.ts";

/** One channel of a handle. */
export interface ChannelStatus {
  readonly port: Port;
  readonly channel: string;
  readonly kind: string;
  /** Whether its last event has been read and it has not been unmasked since. */
  readonly masked: boolean;
  /** Events read since it was bound. */
  readonly events: number;
}

/** What round trips came to; times are microseconds. */
export interface PingRecord {
  readonly op: "ping";
  readonly sent: number;
  readonly answered: number;
  readonly late: number;
  readonly lost: number;
  readonly unasked: number;
  readonly min_us?: number;
  readonly median_us?: number;
  readonly p99_us?: number;
  readonly max_us?: number;
  readonly mean_us?: number;
  readonly stddev_us?: number;
  readonly histogram: readonly { readonly from_us: number; readonly to_us: number; readonly count: number }[];
}

/** One port's events in an interval. */
export interface TopRecord {
  readonly op: "top";
  /** When the interval ended. */
  readonly time: string;
  readonly port: Port;
  readonly channel: string;
  /** Events a second. */
  readonly rate: number;
  /** Events since it began. */
  readonly total: number;
  /** When the last one was read; null: there was none. */
  readonly last: string | null;
}

/** A port as Xen has it. Members that do not go with its state, or that nobody tells, are left out. */
export interface PortRecord {
  readonly op: string;
  readonly domain: Domid;
  readonly port: Port;
  readonly status: string;
  readonly vcpu: number;
  readonly remote_domain?: Domid;
  readonly remote_port?: Port;
  /** The remote domain's name in xenstore. */
  readonly remote_name?: string;
  /** By name, or its number in decimal where Xen defines none. */
  readonly virq?: string;
  readonly pirq?: number;
  /** The device whose channel it is, as in `vif/0`, and in which domain its frontend is: as xenstore has it. */
  readonly device?: string;
  readonly device_domain?: Domid;
}

/** A port as a dump shows it. */
export type DecodeRecord = PortRecord & {
  readonly op: "decode";
  readonly pending: boolean;
  readonly masked: boolean;
  /** What looks stuck about it, in words. */
  readonly stuck?: string;
};

/** Why a channel cannot be bound, or what a port is. */
export interface WhyRecord {
  readonly op: "why";
  readonly channel: string;
  /** `ok`, or the errno that refuses it. */
  readonly result: string;
  readonly message: string;
  readonly hint?: string;
  readonly holder?: { readonly domain: Domid; readonly port: Port };
}

/** What a verb that went well says. */
export type ResultRecord =
  | { readonly op: "bind-virq" | "bind-interdomain" | "alloc-unbound"; readonly port: Port; readonly channel: string }
  | { readonly op: "unbind" | "notify"; readonly port: Port }
  | { readonly op: "unmask"; readonly bytes: number }
  | { readonly op: "read"; readonly ports: readonly Port[] }
  | { readonly op: "poll"; readonly revents: readonly string[] }
  | { readonly op: "status"; readonly channels: readonly ChannelStatus[] }
  | PortRecord & { readonly op: "list" }
  | { readonly op: "session-start" | "session-stop"; readonly session: string }
  | { readonly op: "reset" }
  | { readonly op: "ping"; readonly seq: number; readonly time_us: number; readonly late?: true }
  | { readonly op: "ping"; readonly seq: number; readonly timed_out: true }
  | { readonly op: "ping-answer"; readonly port: Port; readonly channel: string }
  | { readonly op: "ping-answer"; readonly answered: number }
  | DecodeRecord
  | WhyRecord
  | PingRecord
  | TopRecord
  | { readonly op: "replay"; readonly events: number; readonly skipped: number; readonly overflows: number }
  | { readonly op: "restrict"; readonly domain: Domid }
  | {
    readonly op: "virqs";
    readonly virq: number;
    readonly name: string;
    readonly scope: string;
    readonly owner: string;
    readonly meaning: string;
  };

/** What a verb that failed says. */
export interface ErrorRecord {
  readonly op: string;
  /** The errno by name; `usage` where the command line was at fault. */
  readonly error: string;
  readonly subject?: string;
  readonly message: string;
  readonly hint?: string;
}
