/**
 * The results of statements that are not those of a command: one object for each statement, whatever it did.
 *
 * @module
 */

import type { PortRecord } from "../records.ts";
import type { Domid, Port } from "../types.ts";

/** The ports of one domain. */
export interface DomainPorts {
  readonly domain: Domid;
  readonly name?: string;
  readonly ports: readonly Omit<PortRecord, "op" | "domain">[];
}

/** What a statement that went well says, in addition to the records of the commands. */
export type ScriptRecord =
  /** Several ports in one statement. */
  | { readonly op: "unbind"; readonly ports: readonly Port[] }
  | { readonly op: "notify"; readonly port?: Port; readonly ports?: readonly Port[]; readonly count?: number }
  /** How many events a watch gave; their own records stand before it. */
  | { readonly op: "watch"; readonly events: number }
  | { readonly op: "expect"; readonly port: Port; readonly events: number }
  | { readonly op: "virqs"; readonly virqs: readonly object[] }
  | { readonly op: "open" | "close"; readonly handle: string }
  /** The ports of a domain, or of several. */
  | { readonly op: "list" } & (DomainPorts | { readonly domains: readonly DomainPorts[] })
  /** The channels of frontends, and how many of them are not known to be as they should. */
  | { readonly op: "wiring"; readonly channels: readonly object[]; readonly faults: number }
  /** How long, milliseconds. */
  | { readonly op: "sleep"; readonly milliseconds: number }
  | { readonly op: "print"; readonly text: string }
  /** The port that the VIRQ was raised on; 0: nobody has bound it, and it is lost. */
  | { readonly op: "raise"; readonly channel: string; readonly port: Port }
  | { readonly op: "create" | "destroy"; readonly domain: Domid }
  | {
    readonly op: "device";
    readonly domain: Domid;
    /** Kind and index, as in `vif/0`. */
    readonly device: string;
    readonly backend_domain: Domid;
    /** The frontend's, in the order of their keys. */
    readonly ports: readonly Port[];
  }
  | { readonly op: "store-write" | "store-rm"; readonly path: string };
