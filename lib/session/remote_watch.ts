/**
 * A watch of a session, as its client sees it.
 *
 * @module
 */

import type { DeviceError } from "../errors.ts";
import { parseChannel } from "../parse.ts";
import type { Subscription } from "../handle/shared.ts";
import type { Channel } from "../types.ts";
import type { PendingEvent } from "../handle/watch.ts";
import { type Delivery, DeliveryQueue } from "../handle/queue.ts";
import type { Follower } from "./link.ts";
import { refusal } from "./place.ts";
import type { WireError, WireEvent } from "./protocol.ts";
import type { Fields } from "./rules.ts";
import { fromWire } from "./wire_errors.ts";

/** How many deliveries are kept before the connection is read no further. */
const KEPT = 64;

/** How many channels are kept parsed: more than a handle has in use. */
const CHANNELS_KEPT = 4096;

/** Events that come over a connection. */
export class RemoteWatch implements Subscription, Follower {
  readonly #socket: string;
  readonly #channels = new Map<string, Channel>();
  #cancel: (() => void) | undefined;
  readonly #queue = new DeliveryQueue();
  #taken = Promise.withResolvers<void>();

  /** @param socket The session's, for errors. */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Sets what asks the session to end it. */
  started(cancel: () => void): void {
    this.#cancel = cancel;
  }

  async next(wake: Promise<unknown>): Promise<Delivery | undefined> {
    const delivery = await this.#queue.next(wake);
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
    return delivery;
  }

  /** Asks the session to end it. What it sends before that can still be taken. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async take(frame: Fields): Promise<void> {
    if (Object.hasOwn(frame, "error")) return this.#end(fromWire(frame.error as WireError));
    if (frame.end === "stopped") {
      return this.#end(refusal("ESHUTDOWN", this.#socket, "Cannot go on with the session at"));
    }
    if (Object.hasOwn(frame, "end")) return this.#end();
    const time = frame.time as number;
    this.#queue.push(
      Object.hasOwn(frame, "overflow")
        ? { kind: "overflow", time }
        : { kind: "events", time, events: (frame.events as WireEvent[]).map((event) => this.#event(event)) },
    );
    while (this.#queue.length >= KEPT && !this.#queue.ended) await this.#taken.promise;
  }

  lose(error: DeviceError): void {
    this.#end(error);
  }

  #event({ port, channel: name, seq, initial, stale }: WireEvent): PendingEvent {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      if (this.#channels.size >= CHANNELS_KEPT) this.#channels.clear();
      this.#channels.set(name, channel = parseChannel(name));
    }
    return { port, channel, name, seq, initial: initial === true, stale: stale === true };
  }

  #end(failure?: Error): void {
    this.#queue.end(failure);
    this.#taken.resolve();
  }
}
