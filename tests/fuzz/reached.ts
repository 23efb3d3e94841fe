/**
 * What scripts at random came to: one that never meets what is hard to get right shows nothing.
 *
 * @module
 */

import type { Line } from "./line.ts";
import type { Outcome } from "./outcome.ts";

/** A ring is beyond 512 slots when more ports than that are bound. */
const LARGE = 512;

/** One handle of a script, as its outcomes show it. */
interface Seen {
  readonly ports: Set<unknown>;
  overflowed: boolean;
  large: boolean;
}

/** Counts of all scripts so far. */
export class Reached {
  scripts = 0;
  statements = 0;
  /** Overflows of a ring, each counted once. */
  overflows = 0;
  /** Handles whose ring has grown beyond 512 slots. */
  largeRings = 0;
  /** Overflows of such a ring. */
  largeOverflows = 0;
  /** The most ports that one handle had. */
  mostPorts = 0;
  /** The most events that one read gave. */
  mostRead = 0;
  /** Events read of ports that their handle had no more. */
  stale = 0;
  /** Binds that gave a port which had been another channel's in the same script. */
  reused = 0;
  /** How often each verb came to what, as in `unbind ENOTCONN`. */
  readonly results: Map<string, number> = new Map();

  /** Counts one script. */
  add(lines: readonly Line[], outcomes: readonly Outcome[]): void {
    const handles = new Map<string, Seen>();
    const given = new Set<unknown>();
    this.scripts++;
    for (const [i, line] of lines.entries()) {
      this.statements++;
      this.#note(line, outcomes[i], handles, given);
    }
  }

  /** The counts, a line each. */
  lines(): string[] {
    const results = [...this.results].sort(([a], [b]) => a < b ? -1 : 1).map(([result, count]) => `${result} ${count}`);
    return [
      `overflows: ${this.overflows}, of rings beyond ${LARGE} slots: ${this.largeOverflows}`,
      `rings beyond ${LARGE} slots: ${this.largeRings}; most ports on a handle: ${this.mostPorts}; ` +
      `most events in a read: ${this.mostRead}`,
      `stale events read: ${this.stale}; ports given again: ${this.reused}`,
      `results: ${results.join(", ")}`,
    ];
  }

  #note(line: Line, outcome: Outcome, handles: Map<string, Seen>, given: Set<unknown>): void {
    const { op, error, port, ports, revents } = outcome;
    const result = `${op} ${error ?? "ok"}`;
    this.results.set(result, (this.results.get(result) ?? 0) + 1);
    let seen = handles.get(line.label);
    if (seen === undefined) handles.set(line.label, seen = { ports: new Set(), overflowed: false, large: false });
    if (error === "EFBIG" || (Array.isArray(revents) && revents.includes("ERR"))) this.#overflow(seen);
    if (error !== undefined) return;
    if (op === "read" && Array.isArray(ports)) {
      this.mostRead = Math.max(this.mostRead, ports.length);
      for (const port of ports) if (!seen.ports.has(port)) this.stale++;
    } else if (op === "close") handles.delete(line.label);
    else if (op === "reset") seen.overflowed = false;
    else if (op === "unbind") { for (const each of Array.isArray(ports) ? ports : [port]) seen.ports.delete(each); }
    else if (op !== "notify" && port !== undefined) this.#bound(seen, port, given);
  }

  #overflow(seen: Seen): void {
    if (seen.overflowed) return;
    seen.overflowed = true;
    this.overflows++;
    if (seen.large) this.largeOverflows++;
  }

  #bound(seen: Seen, port: unknown, given: Set<unknown>): void {
    if (given.has(port)) this.reused++;
    given.add(port);
    seen.ports.add(port);
    this.mostPorts = Math.max(this.mostPorts, seen.ports.size);
    if (seen.large || seen.ports.size <= LARGE) return;
    seen.large = true;
    this.largeRings++;
  }
}
