/** Follows the wiring of domains: reads a domain again when its nodes in xenstore change. @module */

import type { Clock } from "../clock.ts";
import type { DeviceError } from "../errors.ts";
import type { Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { DOMAINS } from "./claims.ts";
import { WiringReader } from "./look.ts";
import { type StepChange, Steps } from "./steps.ts";
import type { DomainWiring, HostWiring, WiredChannel } from "./types.ts";

/**
 * A channel that is new or different ("seen") or no longer exists, or a domain that cannot be read any more, or can be
 * read again.
 */
export type Change =
  | { readonly kind: "seen" | "removed"; readonly channel: WiredChannel }
  | StepChange
  | { readonly kind: "unread"; readonly domain: Domid; readonly error: DeviceError }
  | { readonly kind: "readable"; readonly domain: Domid };

export interface FollowSink {
  /** Called once, with the wiring at the start. */
  begin(wiring: HostWiring): void | Promise<void>;
  changed(changes: readonly Change[]): void | Promise<void>;
}

export interface FollowOptions {
  /** As for `lookAtWiring`; if empty, new domains are included. */
  readonly domains: readonly Domid[];
  /** Milliseconds after which everything is read again, since Xen does not report changes of ports. Default: never. */
  readonly interval?: number;
  /** How long a device has to wait for a step until that is reported, milliseconds, ascending. Default: it is not. */
  readonly waits?: readonly number[];
}

/** Follows until the signal. Throws as `lookAtWiring`, and a DeviceError if the connection to xenstore is lost. */
export async function followWiring(
  view: HostView,
  { domains, interval, waits = [] }: FollowOptions,
  sink: FollowSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const reader = await WiringReader.open(view);
  const chosen = await reader.choose(domains);
  // One of them may disappear and come back.
  const changed = new ChangedDomains(chosen.all ? undefined : new Set(chosen.domains), clock);
  const ended = new AbortController();
  const all = AbortSignal.any([signal, ended.signal]);
  // Starts before the first read, so that no change in between is missed.
  const watching = changed.watch(reader.store.watch(DOMAINS, all));
  try {
    const steps = new Steps(clock, waits);
    const first = (await reader.domains(chosen.domains)).map((wiring) => steps.stamped(wiring));
    steps.take(); // what is there at the start is shown with the rest
    const known = new Map(first.map((wiring) => [wiring.domain, wiring]));
    await sink.begin(await reader.host(first, domains));
    let intervalEnd = clock.monotonic() + (interval ?? Infinity);
    while (await changed.wait(Math.min(intervalEnd, steps.due), all)) {
      const again = new Set(changed.take());
      if (clock.monotonic() >= intervalEnd) {
        for (const domain of known.keys()) again.add(domain);
        intervalEnd = clock.monotonic() + interval!;
      }
      const channels = await update(reader, [...again], known, steps);
      changed.looked(again);
      const changes = [...steps.take(), ...channels];
      if (changes.length > 0) await sink.changed(changes);
    }
  } finally {
    ended.abort();
    await watching;
  }
  changed.rethrow();
}

async function update(
  reader: WiringReader,
  domains: readonly Domid[],
  known: Map<Domid, DomainWiring>,
  steps: Steps,
): Promise<Change[]> {
  const found = new Map(
    (await reader.domains(domains)).map((wiring) => [wiring.domain, steps.stamped(wiring)]),
  );
  return [...domains].sort((a, b) => a - b).flatMap((domain) => {
    const [before, now] = [known.get(domain), found.get(domain)];
    if (now?.unread !== undefined) {
      // Its channels are compared with the last ones that were seen, once it can be read again.
      known.set(domain, { ...now, channels: before?.channels ?? [] });
      const error = now.unread;
      return before?.unread?.message === error.message ? [] : [{ kind: "unread" as const, domain, error }];
    }
    const changes = differences(before?.channels ?? [], now?.channels ?? []);
    if (now === undefined) {
      known.delete(domain);
      steps.forget(domain);
      return changes;
    }
    known.set(domain, now);
    return before?.unread === undefined ? changes : [{ kind: "readable" as const, domain }, ...changes];
  });
}

/** Compares what is shown of the channels: the vCPU is not, and the time of a step alone changes nothing. */
function differences(before: readonly WiredChannel[], now: readonly WiredChannel[]): Change[] {
  const name = ({ claim: { device, key } }: WiredChannel) => `${device} ${key}`;
  const shown = (channel: WiredChannel) =>
    JSON.stringify(channel, (key, value) => key === "vcpu" || key === "since" ? undefined : value);
  const old = new Map(before.map((channel) => [name(channel), shown(channel)]));
  const here = new Set(now.map(name));
  const removed = before.filter((channel) => !here.has(name(channel)));
  const seen = now.filter((channel) => old.get(name(channel)) !== shown(channel));
  return [
    ...removed.map((channel): Change => ({ kind: "removed", channel })),
    ...seen.map((channel): Change => ({ kind: "seen", channel })),
  ];
}

/** Milliseconds between two looks at a domain, at least: a guest may change its nodes without a pause. */
const PAUSE = 500;

/** Collects the domains whose nodes change, until they are read again. */
class ChangedDomains {
  readonly #changed = new Set<Domid>();
  /** When the domains that were read of late may be read again: monotonic milliseconds. */
  readonly #resting = new Map<Domid, number>();
  #woken = Promise.withResolvers<void>();
  #ended = false;
  #error: unknown;

  /** If `wanted` is undefined: all domains. */
  constructor(private readonly wanted: ReadonlySet<Domid> | undefined, private readonly clock: Clock) {}

  async watch(paths: AsyncIterable<string>): Promise<void> {
    try {
      for await (const path of paths) {
        const domain = domainOfPath(path);
        if (domain === undefined || this.wanted?.has(domain) === false || this.#changed.has(domain)) continue;
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
   * Waits until a changed domain may be read, or until a time of the monotonic clock. Returns false once the watch or
   * the signal has ended.
   */
  async wait(until: number, signal: AbortSignal): Promise<boolean> {
    for (let left; (left = Math.min(until, this.#firstDue()) - this.clock.monotonic()) > 0;) {
      const woken = new AbortController();
      const slept = this.clock.sleep(left, AbortSignal.any([signal, woken.signal])).catch(() => false);
      await Promise.race([this.#woken.promise, slept]);
      woken.abort();
      await slept;
      if (this.#ended || signal.aborted) return false;
      this.#woken = Promise.withResolvers();
    }
    // Many nodes change together: takes in all events that have come.
    for (let seen = -1; seen !== this.#changed.size;) {
      seen = this.#changed.size;
      await new Promise<void>((resolve) => globalThis.setImmediate(resolve));
    }
    return !this.#ended && !signal.aborted;
  }

  /** The changed domains that may be read now. */
  take(): Domid[] {
    const now = this.clock.monotonic();
    for (const [domain, end] of this.#resting) if (end <= now) this.#resting.delete(domain);
    const due = [...this.#changed].filter((domain) => !this.#resting.has(domain));
    for (const domain of due) this.#changed.delete(domain);
    return due;
  }

  /** Lets domains rest that were just read. */
  looked(domains: Iterable<Domid>): void {
    const end = this.clock.monotonic() + PAUSE;
    for (const domain of domains) this.#resting.set(domain, end);
  }

  #firstDue(): number {
    let first = Infinity;
    for (const domain of this.#changed) first = Math.min(first, this.#resting.get(domain) ?? 0);
    return first;
  }

  rethrow(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

const FRONTEND = /^\/local\/domain\/([0-9]{1,5})(?:$|\/(?:name|device|console|store)(?:\/|$))/;
/** A backend's path contains the frontend's domain. */
const BACKEND = /^\/local\/domain\/[0-9]{1,5}\/backend\/[^/]+\/([0-9]{1,5})(?:\/|$)/;

/** The frontend's domain in a path; undefined if the path is not part of any wiring. */
export function domainOfPath(path: string): Domid | undefined {
  const [, digits] = FRONTEND.exec(path) ?? BACKEND.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
