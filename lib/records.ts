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

/** What a verb that went well says. */
export type ResultRecord =
  | { readonly op: "bind-virq" | "bind-interdomain" | "alloc-unbound"; readonly port: Port; readonly channel: string }
  | { readonly op: "unbind" | "notify"; readonly port: Port }
  | { readonly op: "unmask"; readonly bytes: number }
  | { readonly op: "read"; readonly ports: readonly Port[] }
  | { readonly op: "poll"; readonly revents: readonly string[] }
  | { readonly op: "status"; readonly channels: readonly ChannelStatus[] }
  | { readonly op: "session-start" | "session-stop"; readonly session: string }
  | { readonly op: "reset" }
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
