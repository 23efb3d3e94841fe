/** A watch of a session, in its client. @module */

import type { DeviceError } from "../errors.ts";
import { type Delivery, DeliveryQueue } from "../handle/queue.ts";
import type { Subscription } from "../handle/shared.ts";
import type { PendingEvent } from "../handle/watch.ts";
import { parseChannel } from "../parse.ts";
import type { Channel } from "../types.ts";
import { BrokenLine } from "./lines.ts";
import type { Follower } from "./link.ts";
import { refusal } from "./place.ts";
import { BATCH_LIMIT, type WireEvent } from "./protocol.ts";
import { CHANNEL, COUNT, type Fields, list, optional, record, TEXT, U32, YES } from "./rules.ts";
import { fromWire, WIRE_ERROR } from "./wire_errors.ts";

/** How many deliveries wait here before the connection is read no further. */
const QUEUE_MAX = 64;

/** How many parsed channels are kept: more than a handle usually has. */
const CHANNELS_MAX = 4096;

/** A time of day, microseconds since 1970. */
const TIME = COUNT;
const EVENT = record({ port: U32, channel: CHANNEL, seq: COUNT, initial: optional(YES), stale: optional(YES) });
const EVENTS = record({ time: TIME, events: list(EVENT, BATCH_LIMIT) });
const OVERFLOW = record({ time: TIME, overflow: YES });

/** Events that come over a connection. */
export class RemoteWatch implements Subscription, Follower {
  readonly #channels = new Map<string, Channel>();
  readonly #queue = new DeliveryQueue();
  #cancel: (() => void) | undefined;
  #taken = Promise.withResolvers<void>();

  /** @param socket The session's, for errors. */
  constructor(private readonly socket: string) {}

  /** @param cancel Asks the session to end the watch. */
  started(cancel: () => void): void {
    this.#cancel = cancel;
  }

  async next(wake: Promise<unknown>): Promise<Delivery | undefined> {
    const delivery = await this.#queue.next(wake);
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
    return delivery;
  }

  /** Asks the session to end the watch. Events that are on their way can still be taken. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async take(frame: Fields): Promise<boolean> {
    if (Object.hasOwn(frame, "error")) {
      if (!WIRE_ERROR(frame.error)) throw new BrokenLine("no error");
      return this.#end(fromWire(frame.error));
    }
    if (Object.hasOwn(frame, "end")) {
      if (!TEXT(frame.end)) throw new BrokenLine("no end");
      if (frame.end !== "stopped") return this.#end();
      return this.#end(refusal("ESHUTDOWN", this.socket, "Cannot go on with the session at"));
    }
    if (EVENTS(frame)) {
      const { time, events } = frame;
      this.#queue.push({ kind: "events", time, events: events.map((event) => this.#event(event)) });
    } else if (OVERFLOW(frame)) {
      this.#queue.push({ kind: "overflow", time: frame.time });
    } else {
      throw new BrokenLine("no event");
    }
    while (this.#queue.length >= QUEUE_MAX && !this.#queue.ended) await this.#taken.promise;
    return true;
  }

  lose(error: DeviceError): void {
    this.#end(error);
  }

  #event({ port, channel: name, seq, initial, stale }: WireEvent): PendingEvent {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      if (this.#channels.size >= CHANNELS_MAX) this.#channels.clear();
      this.#channels.set(name, channel = parseChannel(name));
    }
    return { port, channel, name, seq, initial: initial === true, stale: stale === true };
  }

  #end(failure?: Error): false {
    this.#queue.end(failure);
    this.#taken.resolve();
    return false;
  }
}
