/** Xenstore by its paths: values, names and watches over one connection. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { Refusal, type StoreConnection } from "./client.ts";
import { decodeText, encodeText, joined, stringsOf, XS } from "./wire.ts";

/** What evtchn reads of xenstore. */
export interface Store {
  /**
   * A node's value; undefined if the node does not exist. A relative path starts at the folder of the caller's domain.
   * Throws a DeviceError: what xenstored answers, for example EACCES, or ETIMEDOUT if it does not answer.
   */
  read(path: string): Promise<string | undefined>;
  /** The names below a node, in xenstored's order; undefined if the node does not exist. Throws as `read`. */
  directory(path: string): Promise<readonly string[] | undefined>;
  /** Watches a node and everything below it: yields `path` first, then each changed path. Throws as `read`. */
  watch(path: string, signal: AbortSignal): AsyncIterable<string>;
}

/** How often a large folder may change while it is read in parts. */
const RESTARTS = 16;

/** Ends each string of a payload. */
const END = "\0";

export class XenStore implements Store {
  #tokens = 0;
  #closed = false;

  constructor(private readonly connection: StoreConnection) {}

  /** Why its connection has ended, such as ETIMEDOUT; undefined: it has not. */
  get ended(): DeviceError | undefined {
    return this.connection.ended;
  }

  /** Sets how many milliseconds xenstored may send nothing while a request waits. */
  setTimeout(milliseconds: number): void {
    this.connection.setTimeout(milliseconds);
  }

  async read(path: string): Promise<string | undefined> {
    const value = await this.#ask(XS.READ, "read", path, "");
    return value && decodeText(value);
  }

  async directory(path: string): Promise<readonly string[] | undefined> {
    try {
      const names = await this.#ask(XS.DIRECTORY, "list", path, "");
      return names && stringsOf(names);
    } catch (error) {
      if (!(error instanceof DeviceError && error.errno === "E2BIG")) throw error;
      return await this.#directoryInParts(path);
    }
  }

  /** Keeps each path once until the caller takes it: a slow caller misses no path, only how often it changed. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<string> {
    if (signal.aborted) return;
    const changed = new Set<string>();
    let wake = () => {};
    const onAbort = () => wake();
    signal.addEventListener("abort", onAbort);
    let stop: (() => void) | undefined;
    let ended: Error | undefined;
    try {
      stop = await this.#startWatch(path, (each) => (changed.add(each), wake()), (error) => (ended = error, wake()));
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
      stop?.();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.connection.close();
  }

  /**
   * Sets a watch, and returns a function that removes it. A request before each proves that xenstored answers: Linux
   * waits for the answers to XS_WATCH and XS_UNWATCH inside write(2), and nothing could end that wait.
   */
  async #startWatch(path: string, onEvent: (path: string) => void, onEnd: (error: Error) => void) {
    const token = `evtchn-${++this.#tokens}`;
    const ask = async (type: number) => {
      await this.#ask(XS.GET_DOMAIN_PATH, "watch", "0", "");
      if (await this.#ask(type, "watch", path, token + END) === undefined) throw refused("watch", path, "ENOENT");
    };
    let alive = true;
    const forget = this.connection.listen(token, onEvent, (error) => {
      alive = false;
      onEnd(error);
    });
    try {
      await ask(XS.WATCH);
    } catch (error) {
      forget();
      throw error;
    }
    return () => {
      forget();
      if (alive) ask(XS.UNWATCH).catch(() => {}); // fails if the connection ends, which removes the watch too
    };
  }

  /**
   * Reads a folder whose names do not fit into one message. Each answer is the folder's generation, then names from an
   * offset on; an empty name follows the last one (docs/misc/xenstore.txt, DIRECTORY_PART).
   */
  async #directoryInParts(path: string): Promise<readonly string[] | undefined> {
    for (let start = 0; start < RESTARTS; start++) {
      const parts: Uint8Array[] = [];
      let generation: string | undefined;
      for (let offset = 0;;) {
        const answer = await this.#ask(XS.DIRECTORY_PART, "list", path, `${offset}${END}`);
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
        if (names.length === 0) throw refused("list", path, "EPROTO"); // would loop for ever
      }
    }
    throw refused("list", path, "EAGAIN");
  }

  /** Sends `path`, END and `rest`. Returns the answer, or undefined for ENOENT. */
  async #ask(type: number, action: string, path: string, rest: string): Promise<Uint8Array | undefined> {
    if (path.includes(END)) throw refused(action, path, "EINVAL");
    try {
      return await this.connection.request(type, encodeText(path + END + rest));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.errno === "ENOENT") return undefined;
      throw refused(action, path, error.errno);
    }
  }
}

function refused(action: string, path: string, errno: Errno): DeviceError {
  return new DeviceError("xenstore", errno, path, `Cannot ${action} "${path}" in xenstore`, explain("xenstore", errno));
}
