/**
 * Xenstore by its paths: values, names and watches over one connection.
 *
 * @module
 */

import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Store } from "../view/host_view.ts";
import { oneLine } from "../render/line.ts";
import { type Connection, Refusal } from "./client.ts";
import { decodeText, encodeText, joined, stringsOf, XS } from "./wire.ts";

/** How often a folder may change while it is read part by part, before that is given up. */
const RESTARTS = 16;

/** A store that can also be changed, and closed. */
export interface OpenStore extends Store {
  /**
   * Sets a node's value; what is missing above it is made.
   *
   * @throws {DeviceError} EACCES, EINVAL and what else xenstored answers, as for `read`.
   */
  write(path: string, value: string): Promise<void>;
  /**
   * Removes a node and all below it.
   *
   * @returns Whether it was there, or at least the node above it.
   * @throws {DeviceError} As `write`.
   */
  remove(path: string): Promise<boolean>;
  /** Ends the connection: watches end, and what is asked for fails with ECANCELED. */
  close(): Promise<void>;
}

/** What a payload cannot hold: a string ends with it. */
const END = "\0";

/** A store over a connection. */
export class XenStore implements OpenStore {
  readonly #connection: Connection;
  #tokens = 0;
  #closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async read(path: string): Promise<string | undefined> {
    const value = await this.#ask(XS.READ, "read", path, []);
    return value && decodeText(value);
  }

  async directory(path: string): Promise<readonly string[] | undefined> {
    try {
      const names = await this.#ask(XS.DIRECTORY, "list", path, []);
      return names && stringsOf(names);
    } catch (error) {
      if (!(error instanceof DeviceError && error.errno === "E2BIG")) throw error;
      return await this.#directoryInParts(path);
    }
  }

  async write(path: string, value: string): Promise<void> {
    if (await this.#ask(XS.WRITE, "write", path, [value]) === undefined) throw refused("write", path, "ENOENT");
  }

  async remove(path: string): Promise<boolean> {
    return await this.#ask(XS.RM, "remove", path, []) !== undefined;
  }

  /** Paths that have not been fetched yet are kept once each: who is slow misses no path, but how often it changed. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<string> {
    if (signal.aborted) return;
    const changed = new Set<string>();
    let wake = () => {};
    const onAbort = () => wake();
    signal.addEventListener("abort", onAbort);
    let watch: { stop(): void } | undefined;
    let ended: Error | undefined;
    try {
      watch = await this.#startWatch(path, (each) => (changed.add(each), wake()), (error) => (ended = error, wake()));
      for (;;) {
        for (const each of changed) {
          if (signal.aborted) return;
          changed.delete(each);
          yield each;
        }
        if (signal.aborted) return;
        if (ended !== undefined) throw ended;
        await new Promise<void>((resolve) => wake = resolve);
      }
    } catch (error) {
      if (!this.#closed) throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      watch?.stop();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.close();
  }

  /**
   * Sets a watch. The request that is written first proves that xenstored is alive: Linux waits for its answer to
   * XS_WATCH and XS_UNWATCH within write(2), where nothing could end the wait.
   *
   * @returns What ends the watch, without waiting for it: it is over whatever becomes of that.
   */
  async #startWatch(path: string, changed: (path: string) => void, ended: (error: Error) => void) {
    const token = `evtchn-${++this.#tokens}`;
    const ask = async (type: number) => {
      await this.#ask(XS.GET_DOMAIN_PATH, "watch", "0", []);
      if (await this.#ask(type, "watch", path, [token + END]) === undefined) throw refused("watch", path, "ENOENT");
    };
    let alive = true;
    const forget = this.#connection.listen(token, changed, (error) => {
      alive = false;
      ended(error);
    });
    try {
      await ask(XS.WATCH);
    } catch (error) {
      forget();
      throw error;
    }
    return {
      stop(): void {
        forget();
        if (alive) ask(XS.UNWATCH).catch(() => {}); // the connection went, and the watch with it
      },
    };
  }

  /**
   * A folder whose names do not fit into one message: each answer is the folder's generation, then names from an
   * offset on, an empty one after the last (docs/misc/xenstore.txt, DIRECTORY_PART).
   */
  async #directoryInParts(path: string): Promise<readonly string[] | undefined> {
    for (let start = 0; start < RESTARTS; start++) {
      const parts: Uint8Array[] = [];
      let generation: string | undefined;
      for (let offset = 0;;) {
        const answer = await this.#ask(XS.DIRECTORY_PART, "list", path, [`${offset}${END}`]);
        if (answer === undefined) return undefined;
        const end = answer.indexOf(0);
        if (end < 0) throw refused("list", path, "EPROTO");
        const now = decodeText(answer.subarray(0, end));
        if (now !== (generation ??= now)) break;
        const names = answer.subarray(end + 1);
        parts.push(names);
        offset += names.length;
        if (answer.at(-1) === 0 && (answer.at(-2) === 0 || names.length === 1)) {
          return stringsOf(joined(parts)).filter((name) => name !== "");
        }
        if (names.length === 0) throw refused("list", path, "EPROTO"); // it would never end
      }
    }
    throw refused("list", path, "EAGAIN");
  }

  /** Undefined for ENOENT: there is no such node. */
  async #ask(type: number, action: string, path: string, rest: readonly string[]): Promise<Uint8Array | undefined> {
    if (path.includes(END)) throw refused(action, path, "EINVAL");
    try {
      return await this.#connection.request(type, encodeText(path + END + rest.join("")));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.errno === "ENOENT") return undefined;
      throw refused(action, path, error.errno);
    }
  }
}

function refused(action: string, path: string, errno: Refusal["errno"]): DeviceError {
  const message = `Cannot ${action} "${oneLine(path)}" in xenstore`;
  return new DeviceError("xenstore", errno, path, message, explain("xenstore", errno));
}
