/** The records of `--json`: one object per line. Keys never change meaning. @module */

import type { Channel, Domid, Port } from "./types.ts";

/** One channel of a handle. */
export interface ChannelStatus {
  readonly port: Port;
  readonly channel: string;
  readonly kind: Channel["kind"];
  /** True from the read of an event until the port is unmasked. */
  readonly masked: boolean;
  /** Events read since the bind. */
  readonly events: number;
}

/** The summary of a ping. Times are microseconds. */
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

/** The events of one port in one interval. */
export interface TopRecord {
  readonly op: "top";
  /** The end of the interval. */
  readonly time: string;
  readonly port: Port;
  readonly channel: string;
  /** Events per second. */
  readonly rate: number;
  /** Events since the start of the command. */
  readonly total: number;
  /** When the last event was read; null before the first. */
  readonly last: string | null;
}

/** The state of a port in Xen. Fields that the state does not have, or that are not known, are left out. */
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
  /** The name, or the number in decimal if Xen has no such VIRQ. */
  readonly virq?: string;
  readonly pirq?: number;
  /** From xenstore: the device that uses the channel, such as `vif/0`, and the domain of its frontend. */
  readonly device?: string;
  readonly device_domain?: Domid;
  /** All devices that claim the port, if there are several. */
  readonly claims?: readonly { readonly device: string; readonly domain: Domid }[];
}

/** A port in the output of `xl debug-keys e`. */
export type DecodeRecord = PortRecord & {
  readonly op: "decode";
  readonly pending: boolean;
  readonly masked: boolean;
  /** Why the port looks stuck. */
  readonly stuck?: string;
};

/** Why a channel cannot be bound, or the state of a port. */
export interface WhyRecord {
  readonly op: "why";
  readonly channel: string;
  /** `ok`, or the errno that binding it would fail with. */
  readonly result: string;
  readonly message: string;
  readonly hint?: string;
  readonly holder?: { readonly domain: Domid; readonly port: Port };
}

/** A channel between a frontend and its backend. */
export interface WiredChannelRecord {
  readonly domain: Domid;
  readonly device: string;
  readonly key: string;
  /** Undefined where xenstore has none. */
  readonly port?: Port;
  /** The port's state in Xen, or the errno that Xen answered; undefined where it was not asked. */
  readonly status?: string;
  /** The backend's domain by xenstore, and its port where Xen has it bound. */
  readonly backend_domain?: Domid;
  readonly backend_port?: Port;
  /** Where the port leads, if not to the backend's domain. */
  readonly remote_domain?: Domid;
  readonly remote_port?: Port;
  readonly frontend_state?: string;
  readonly backend_state?: string;
  readonly verdict: string;
  readonly reason?: string;
  /** How many channels of the device are left out, because it has too many. */
  readonly cut?: number;
}

/** A domain whose part of xenstore could not be read. */
export interface UnreadDomainRecord {
  readonly domain: Domid;
  readonly verdict: "unknown";
  readonly reason: string;
}

/** A session of this user. Only one that runs says more than its state. */
export interface SessionRecord {
  readonly op: "session-list";
  /** The path of its socket. */
  readonly session: string;
  /** `running`, `silent`, `other-version` or `unusable`. */
  readonly state: string;
  /** What a client of it gets, if it does not run. */
  readonly errno?: string;
  readonly pid?: number;
  /** A device's path, `sim:linux`, or `descriptor 3`. */
  readonly holds?: string;
  /** When it started. */
  readonly since?: string;
  /** How many clients are connected, without the one that asks. */
  readonly clients?: number;
  /** How many ports each domain has bound; a real device's domain is left out. */
  readonly bound?: readonly { readonly domain?: Domid; readonly ports: number }[];
}

/** The record of a verb that succeeded. */
export type ResultRecord =
  | { readonly op: "bind-virq" | "bind-interdomain" | "alloc-unbound"; readonly port: Port; readonly channel: string }
  | { readonly op: "unbind" | "notify"; readonly port: Port }
  | { readonly op: "unmask"; readonly bytes: number }
  | { readonly op: "read"; readonly ports: readonly Port[] }
  | { readonly op: "poll"; readonly revents: readonly string[] }
  | { readonly op: "status"; readonly channels: readonly ChannelStatus[] }
  | PortRecord & { readonly op: "list" }
  | { readonly op: "session-start"; readonly session: string; readonly pid: number }
  | { readonly op: "session-stop"; readonly session: string }
  | SessionRecord
  | { readonly op: "reset" }
  /** A port that was allocated for the ping: the peer has to bind it. */
  | { readonly op: "ping"; readonly port: Port; readonly channel: string }
  | { readonly op: "ping"; readonly seq: number; readonly time_us: number; readonly late?: true }
  | { readonly op: "ping"; readonly seq: number; readonly timed_out: true }
  | { readonly op: "ping-answer"; readonly port: Port; readonly channel: string }
  | { readonly op: "ping-answer"; readonly answered: number }
  | DecodeRecord
  | WhyRecord
  | PingRecord
  | TopRecord
  | {
    readonly op: "replay";
    readonly events: number;
    readonly skipped: number;
    readonly overflows: number; /** Records that are no events. */
    readonly others: number;
  }
  | { readonly op: "restrict" | "destroy"; readonly domain: Domid }
  | { readonly op: "create"; readonly domain: Domid; readonly name?: string }
  | { readonly op: "wiring" } & (WiredChannelRecord | UnreadDomainRecord)
  /** How many events a watch in a script gave; their own records stand before it. */
  | { readonly op: "watch"; readonly events: number }
  | { readonly op: "expect"; readonly port: Port; readonly events: number }
  | { readonly op: "open" | "close"; readonly handle: string }
  | { readonly op: "sleep"; readonly milliseconds: number }
  | { readonly op: "print"; readonly text: string }
  /** 0 for a VIRQ that nobody has bound: it is lost. */
  | { readonly op: "raise"; readonly channel: string; readonly port: Port }
  | { readonly op: "wait"; readonly port: Port; readonly channel: string }
  | {
    readonly op: "device";
    readonly domain: Domid;
    /** Kind and index, as `vif/0`. */
    readonly device: string;
    readonly backend_domain: Domid;
    /** The frontend's ports, in the order of their keys. */
    readonly ports: readonly Port[];
  }
  | { readonly op: "store-write" | "store-rm"; readonly path: string }
  | {
    readonly op: "virqs";
    readonly virq: number;
    readonly name: string;
    readonly scope: string;
    readonly owner: string;
    readonly meaning: string;
  };

/** The record of a verb that failed. */
export interface ErrorRecord {
  readonly op: string;
  /** An errno, or `usage` for a wrong command line. */
  readonly error: string;
  readonly subject?: string;
  readonly message: string;
  readonly hint?: string;
}
