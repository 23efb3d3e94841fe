/**
 * Follows the wiring of domains: looks again at those of which something changes in xenstore.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../clock.ts";
import type { HostView } from "../view/host_view.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { DOMAINS } from "./claims.ts";
import { Inspector } from "./collect.ts";
import { chooseDomains, hostWiring } from "./look.ts";
import type { DomainWiring, HostWiring, WiredChannel } from "./types.ts";

/** What became of a channel. */
export type Change =
  | { readonly kind: "seen"; readonly channel: WiredChannel }
  | { readonly kind: "removed"; readonly channel: WiredChannel };

/** Who is told. */
export interface FollowSink {
  /** What there is when it begins. */
  begin(wiring: HostWiring): void | Promise<void>;
  /** Channels that came, went, or are otherwise than they were. */
  changed(changes: readonly Change[]): void | Promise<void>;
}

/** What is followed, and how. */
export interface FollowOptions {
  /** Which domains; none: as `lookAtWiring` chooses them, new ones included. */
  readonly domains: readonly Domid[];
  /** Milliseconds after which to look at all of it again: Xen tells nobody when a port changes. Undefined: never. */
  readonly interval?: number;
}

/**
 * Follows until the signal.
 *
 * @throws {DeviceError} As `lookAtWiring`; or the connection to xenstore died.
 */
export async function followWiring(
  view: HostView,
  options: FollowOptions,
  sink: FollowSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const inspector = await Inspector.open(view);
  const { domains } = options;
  const wanted = await chooseDomains(view, inspector.store, domains);
  // Where all are wanted, so are those that come; elsewhere a domain may go and come back.
  const grows = domains.length === 0 && (await view.ownDomain() ?? 0) === 0;
  const changes = new Changes(grows ? undefined : new Set(wanted));
  const ended = new AbortController();
  const all = AbortSignal.any([signal, ended.signal]);
  // The watch stands before the first look: what changes in between is looked at again.
  const watching = changes.watch(inspector.store.watch(DOMAINS, all));
  try {
    const known = new Map<Domid, DomainWiring>();
    const first = await inspector.domains(wanted);
    for (const wiring of first) known.set(wiring.domain, wiring);
    await sink.begin(await hostWiring(inspector, first, domains.filter((domain) => domain !== DOMID_SELF)));
    while (await changes.any(clock, options.interval, all)) {
      const again = [...new Set([...changes.take(), ...changes.late ? known.keys() : []])];
      const told = await lookAgain(inspector, again, known);
      if (told.length > 0) await sink.changed(told);
    }
  } finally {
    ended.abort();
    await watching;
  }
  changes.rethrow();
}

/** Looks at domains again, and returns how they differ from what was known of them. */
async function lookAgain(
  inspector: Inspector,
  domains: readonly Domid[],
  known: Map<Domid, DomainWiring>,
): Promise<Change[]> {
  const found = new Map((await inspector.domains(domains)).map((wiring) => [wiring.domain, wiring]));
  return [...domains].sort((a, b) => a - b).flatMap((domain) => {
    const now = found.get(domain);
    const changes = differences(known.get(domain)?.channels ?? [], now?.channels ?? []);
    if (now === undefined) known.delete(domain);
    else known.set(domain, now);
    return changes;
  });
}

/** How two looks at a domain differ, in what is shown of it. */
export function differences(before: readonly WiredChannel[], now: readonly WiredChannel[]): Change[] {
  const name = ({ claim: { device, key } }: WiredChannel) => `${device} ${key}`;
  const told = (channel: WiredChannel) => JSON.stringify(channel, (key, value) => key === "vcpu" ? undefined : value);
  const old = new Map(before.map((channel) => [name(channel), told(channel)]));
  const here = new Set(now.map(name));
  return [
    ...before.filter((channel) => !here.has(name(channel))).map((channel): Change => ({ kind: "removed", channel })),
    ...now.filter((channel) => old.get(name(channel)) !== told(channel))
      .map((channel): Change => ({ kind: "seen", channel })),
  ];
}

/** The domains of which something has changed since they were last looked at. */
class Changes {
  readonly #wanted: ReadonlySet<Domid> | undefined;
  readonly #changed = new Set<Domid>();
  #woken = Promise.withResolvers<void>();
  #ended = false;
  #error: unknown;
  /** Whether it was the time that called for the next look. */
  late = false;

  /** @param wanted Undefined: all. */
  constructor(wanted: ReadonlySet<Domid> | undefined) {
    this.#wanted = wanted;
  }

  /** Takes in what a watch says, to its end. */
  async watch(paths: AsyncIterable<string>): Promise<void> {
    try {
      for await (const path of paths) {
        const domain = domainOfPath(path);
        if (domain === undefined || this.#wanted?.has(domain) === false) continue;
        this.#changed.add(domain);
        this.#woken.resolve();
      }
    } catch (error) {
      this.#error = error;
    }
    this.#ended = true;
    this.#woken.resolve();
  }

  /**
   * Waits until there is something to look at, and then until all that is there to be taken in is: many nodes change
   * for one device.
   *
   * @returns Whether there is; false at the end.
   */
  async any(clock: Clock, interval: number | undefined, signal: AbortSignal): Promise<boolean> {
    const stop = new AbortController();
    const sleep = interval === undefined
      ? undefined
      : clock.sleep(interval, AbortSignal.any([signal, stop.signal])).catch(() => false);
    this.late = await Promise.race([this.#woken.promise.then(() => false), ...sleep === undefined ? [] : [sleep]]);
    stop.abort();
    await sleep;
    if (this.#ended) return false;
    for (let seen = -1; seen !== this.#changed.size;) {
      seen = this.#changed.size;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return !signal.aborted;
  }

  /** The domains, which are no longer changed. */
  take(): Domid[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (!this.#ended) this.#woken = Promise.withResolvers();
    return changed;
  }

  /** Throws what ended the watch, if it was an error. */
  rethrow(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

/** A frontend's node, and a backend's with the frontend's domain in its path. */
const FRONTEND = /^\/local\/domain\/([0-9]{1,5})(?:$|\/(?:name|device|console|store)(?:\/|$))/;
const BACKEND = /^\/local\/domain\/[0-9]{1,5}\/backend\/[^/]+\/([0-9]{1,5})(?:\/|$)/;

/** Whose wiring a path belongs to; undefined where it is nobody's. */
export function domainOfPath(path: string): Domid | undefined {
  const [, digits] = FRONTEND.exec(path) ?? BACKEND.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
