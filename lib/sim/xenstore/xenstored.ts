/**
 * What xenstored answers on one connection, message by message.
 *
 * @module
 */

import type { Errno } from "../../../ffi/syscalls.ts";
import { decodeText, encodeText, joined, type Message, PAYLOAD_MAX, stringsOf, XS } from "../../xenstore/wire.ts";
import type { Folder, SimulatedStore } from "./store.ts";
import { domainFolder } from "./path.ts";
import type { Watcher } from "./watches.ts";

/** The payload of an answer, or why there is none. */
type Answer = Uint8Array | Errno;

const OK = encodeText("OK\0");

/** One connection. */
export class XenstoredConnection implements Watcher {
  readonly #store: SimulatedStore;
  readonly #send: (message: Message) => void;

  /**
   * @param domain Whose connection it is.
   * @param send Takes answers and events.
   */
  constructor(store: SimulatedStore, readonly domain: number, send: (message: Message) => void) {
    this.#store = store;
    this.#send = send;
  }

  /** Answers a request. */
  take(request: Message): void {
    const answer = this.#answer(request);
    if (answer instanceof Uint8Array && answer.length <= PAYLOAD_MAX) this.#send({ ...request, payload: answer });
    else {
      const errno = answer instanceof Uint8Array ? "E2BIG" : answer; // send_reply
      this.#send({ ...request, type: XS.ERROR, payload: encodeText(`${errno}\0`) });
    }
    // An event that a request sets off comes after its answer, and so does the first of a watch.
    for (const [path, token] of this.#events.splice(0)) this.#sendEvent(path, token);
  }

  changed(path: string, token: string): void {
    if (this.#answering) this.#events.push([path, token]);
    else this.#sendEvent(path, token);
  }

  /** The connection is gone. */
  end(): void {
    this.#store.forget(this);
  }

  readonly #events: [path: string, token: string][] = [];
  #answering = false;

  #sendEvent(path: string, token: string): void {
    this.#send({ type: XS.WATCH_EVENT, id: 0, transaction: 0, payload: encodeText(`${path}\0${token}\0`) });
  }

  #answer(request: Message): Answer {
    this.#answering = true;
    try {
      return this.#serve(request);
    } finally {
      this.#answering = false;
    }
  }

  #serve({ type, payload, transaction }: Message): Answer {
    if (transaction !== 0) return "ENOENT"; // there is none
    const [path, second] = stringsOf(payload);
    switch (type) {
      case XS.READ:
        return oneString(payload) ? this.#store.read(this.domain, path) : "EINVAL";
      case XS.DIRECTORY:
        return oneString(payload) ? namesOf(this.#store.directory(this.domain, path)) : "EINVAL";
      case XS.DIRECTORY_PART:
        return second === undefined ? "EINVAL" : partOf(this.#store.directory(this.domain, path), Number(second));
      case XS.WRITE:
        return this.#write(payload);
      case XS.RM:
        return oneString(payload) ? this.#store.remove(this.domain, path) ?? OK : "EINVAL";
      case XS.WATCH:
        return second === undefined ? "EINVAL" : this.#store.watch(this, path, second) ?? OK;
      case XS.UNWATCH:
        return second === undefined ? "EINVAL" : this.#store.unwatch(this, path, second) ?? OK;
      case XS.GET_DOMAIN_PATH:
        return oneString(payload) ? encodeText(`${domainFolder(Number.parseInt(path) || 0)}\0`) : "EINVAL";
      default:
        return "ENOSYS";
    }
  }

  /** A path with its `\0`, then the value as it is. */
  #write(payload: Uint8Array): Answer {
    const end = payload.indexOf(0);
    if (end < 0) return "EINVAL";
    return this.#store.write(this.domain, decodeText(payload.subarray(0, end)), payload.subarray(end + 1)) ?? OK;
  }
}

/** Whether a payload is one string and no more (onearg). */
function oneString(payload: Uint8Array): boolean {
  return payload.length > 0 && payload.indexOf(0) === payload.length - 1;
}

function namesOf(folder: Folder | Errno): Answer {
  return typeof folder === "string" ? folder : encodeText(folder.names.map((name) => `${name}\0`).join(""));
}

/** Generation, then whole names from an offset on as many as fit, and an empty one after the last (send_directory_part). */
function partOf(folder: Folder | Errno, offset: number): Answer {
  const names = namesOf(folder);
  if (typeof folder === "string" || typeof names === "string") return names;
  const generation = encodeText(`${folder.generation}\0`);
  const end = encodeText("\0");
  if (offset >= names.length) return joined([generation, end]);
  const room = PAYLOAD_MAX - generation.length - 1;
  const rest = names.subarray(offset);
  if (rest.length <= room) return joined([generation, rest, end]);
  return joined([generation, rest.subarray(0, rest.subarray(0, room).lastIndexOf(0) + 1)]);
}
