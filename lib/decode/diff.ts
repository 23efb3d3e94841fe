/** What changed between two dumps of Xen's event channels, and what stayed pending. @module */

import type { Domid, Port } from "../types.ts";
import type { Dump, DumpedPort } from "./dump.ts";
import { waits } from "./stuck.ts";

export interface PortChange {
  readonly domain: Domid;
  readonly port: Port;
  /**
   * `new` or `gone`: in one dump alone; `bound`: to something else; `bits`: only its bits changed; `stays`: an event
   * waits in both, and nothing changed.
   */
  readonly change: "new" | "gone" | "bound" | "bits" | "stays";
  readonly was?: DumpedPort;
  readonly now?: DumpedPort;
}

/** The changes, by domain and port. A domain that is in one dump alone counts only if the other is not cut. */
export function diffDumps(old: Dump, now: Dump): PortChange[] {
  const [before, after] = [old, now].map((dump) => new Map(dump.domains.map(({ domain, ports }) => [domain, ports])));
  const domains = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return domains.flatMap((domain) => {
    const [was, is] = [before.get(domain), after.get(domain)];
    if (was === undefined && isCut(old) || is === undefined && isCut(now)) return [];
    return changesOf(domain, was ?? [], is ?? []);
  });
}

function isCut({ whole, headless, domains }: Dump): boolean {
  return !whole && (headless.length > 0 || domains[0]?.domain !== 0);
}

function changesOf(domain: Domid, was: readonly DumpedPort[], now: readonly DumpedPort[]): PortChange[] {
  const [before, after] = [was, now].map((ports) => new Map(ports.map((each) => [each.port, each])));
  const ports = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return ports.flatMap((port): PortChange[] => {
    const [old, is] = [before.get(port), after.get(port)];
    const change = old === undefined ? "new" : is === undefined ? "gone" : changeOf(old, is);
    return change === undefined ? [] : [{ domain, port, change, was: old, now: is }];
  });
}

function changeOf(was: DumpedPort, now: DumpedPort): PortChange["change"] | undefined {
  if (boundTo(was) !== boundTo(now)) return "bound";
  if (was.pending !== now.pending || was.masked !== now.masked) return "bits";
  return waits(now) ? "stays" : undefined;
}

/** Its state without its bits and its vCPU. */
function boundTo({ pending: _, masked: __, vcpu: ___, ...state }: DumpedPort): string {
  return JSON.stringify(state);
}
