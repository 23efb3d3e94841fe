/** Since when devices wait for the next step of their handshakes, while their wiring is followed. @module */

import type { Clock } from "../clock.ts";
import type { Domid } from "../types.ts";
import { type DomainWiring, handshakeOf, type WiredChannel } from "./types.ts";

/** A device that made a step of its handshake, or that still waits for one. */
export interface StepChange {
  readonly kind: "step";
  /** The first of the device's channels, as it is now. */
  readonly channel: WiredChannel;
  /** It as it was before this step; undefined: it is new, or has made none. */
  readonly before?: WiredChannel;
  /** How long it was in the states before, or has been in these, milliseconds; undefined: it is new. */
  readonly milliseconds?: number;
}

/** A device that waits. */
interface Wait {
  readonly states: string;
  /** When it was first seen so: microseconds since 1970, and monotonic milliseconds. */
  readonly since: number;
  readonly began: number;
  readonly channel: WiredChannel;
  /** How many of the reports that it still waits were made. */
  told: number;
}

export class Steps {
  readonly #domains = new Map<Domid, ReadonlyMap<string, Wait>>();
  #changes: StepChange[] = [];

  /** @param reports When a device that waits is reported again, milliseconds since it was seen so, ascending. */
  constructor(private readonly clock: Clock, private readonly reports: readonly number[]) {}

  /** Adds to the handshakes of a domain since when they wait, and notes the steps that were made since the last look. */
  stamped(wiring: DomainWiring): DomainWiring {
    if (wiring.unread !== undefined) return wiring;
    const before = this.#domains.get(wiring.domain);
    const waiting = new Map<string, Wait>();
    for (const [device, channels] of Map.groupBy(wiring.channels, ({ claim }) => claim.device)) {
      const was = before?.get(device);
      const waits = channels.find((channel) => handshakeOf(channel) !== undefined);
      if (waits !== undefined) waiting.set(device, this.#wait(was, waits));
      else if (was !== undefined) this.#changes.push({ kind: "step", channel: channels[0], ...this.#spent(was) });
    }
    if (waiting.size === 0) {
      this.#domains.delete(wiring.domain);
      return wiring;
    }
    this.#domains.set(wiring.domain, waiting);
    const channels = wiring.channels.map((channel) => {
      const wait = handshakeOf(channel) && waiting.get(channel.claim.device);
      return wait === undefined ? channel : since(channel, wait.since);
    });
    return { ...wiring, channels };
  }

  forget(domain: Domid): void {
    this.#domains.delete(domain);
  }

  /** When the next report is due, monotonic milliseconds. */
  get due(): number {
    let due = Infinity;
    for (const waiting of this.#domains.values()) {
      for (const { began, told } of waiting.values()) due = Math.min(due, began + (this.reports[told] ?? Infinity));
    }
    return due;
  }

  /** What there is to report now. */
  take(): StepChange[] {
    const now = this.clock.monotonic();
    const changes = this.#changes;
    this.#changes = [];
    for (const waiting of this.#domains.values()) {
      for (const wait of waiting.values()) {
        if (!(now >= wait.began + this.reports[wait.told])) continue;
        while (now >= wait.began + this.reports[wait.told]) wait.told++;
        changes.push({ kind: "step", channel: wait.channel, milliseconds: now - wait.began });
      }
    }
    return changes;
  }

  #wait(before: Wait | undefined, channel: WiredChannel): Wait {
    const states = statesOf(channel);
    if (before?.states === states) return before;
    const now = this.clock.now();
    const stamped = since(channel, now);
    this.#changes.push({ kind: "step", channel: stamped, ...before && this.#spent(before) });
    return { states, since: now, began: this.clock.monotonic(), channel: stamped, told: 0 };
  }

  #spent({ channel, began }: Wait): Pick<StepChange, "before" | "milliseconds"> {
    return { before: channel, milliseconds: this.clock.monotonic() - began };
  }
}

function since(channel: WiredChannel, time: number): WiredChannel {
  const { claim } = channel;
  return { ...channel, claim: { ...claim, handshake: { ...claim.handshake!, since: time } } };
}

function statesOf({ claim: { frontendState, backendState } }: WiredChannel): string {
  return `${frontendState}/${backendState}`;
}
