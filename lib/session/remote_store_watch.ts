/** A watch on the xenstore of a session's host, in its client. @module */

import type { DeviceError } from "../errors.ts";
import { BrokenLine } from "./lines.ts";
import type { Follower, SessionLink } from "./link.ts";
import { refusal } from "./place.ts";
import { type Fields, STORE_PATH, TEXT } from "./rules.ts";
import type { Domid } from "../types.ts";
import { fromWire, WIRE_ERROR } from "./wire_errors.ts";

/** Keeps each path once until it is taken, as a local watch does. */
class RemoteStoreWatch implements Follower {
  readonly #changed = new Set<string>();
  #arrived = Promise.withResolvers<void>();
  #ended = false;
  #failure: Error | undefined;

  /** @param socket The session's, for errors. */
  constructor(private readonly socket: string) {}

  take(frame: Fields): Promise<boolean> {
    return Promise.resolve(this.#take(frame));
  }

  lose(error: DeviceError): void {
    this.end(error);
  }

  end(failure?: Error): false {
    this.#ended = true;
    this.#failure ??= failure;
    this.#arrived.resolve();
    return false;
  }

  async *paths(): AsyncGenerator<string> {
    for (;;) {
      for (const path of this.#changed) {
        this.#changed.delete(path);
        yield path;
      }
      if (this.#ended) break;
      await this.#arrived.promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #take(frame: Fields): boolean {
    if (Object.hasOwn(frame, "error")) {
      if (!WIRE_ERROR(frame.error)) throw new BrokenLine("no error");
      return this.end(fromWire(frame.error));
    }
    if (Object.hasOwn(frame, "end")) {
      if (!TEXT(frame.end)) throw new BrokenLine("no end");
      if (frame.end !== "stopped") return this.end();
      return this.end(refusal("ESHUTDOWN", this.socket, "Cannot go on with the session at"));
    }
    if (!STORE_PATH(frame.path)) throw new BrokenLine("no path");
    this.#changed.add(frame.path);
    this.#arrived.resolve();
    if (!this.#ended) this.#arrived = Promise.withResolvers();
    return true;
  }
}

/** As `Store.watch`. */
export async function* watchStore(
  link: SessionLink,
  as: Domid | undefined,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (signal.aborted) return;
  const watch = new RemoteStoreWatch(link.socket);
  const { id, result } = link.start("store-watch", { path }, as, watch);
  const cancel = () => {
    watch.end();
    link.request("cancel", { id }, as).catch(() => {}); // fails if the connection is lost, which ends the watch too
  };
  signal.addEventListener("abort", cancel);
  try {
    await result;
    for await (const each of watch.paths()) {
      if (signal.aborted) return;
      yield each;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    if (!signal.aborted) cancel();
  }
}
