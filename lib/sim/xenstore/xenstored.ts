/** What xenstored answers on one connection, message by message. @module */

import type { Errno } from "../../../ffi/syscalls.ts";
import { decodeText, encodeText, joined, type Message, PAYLOAD_MAX, stringsOf, XS } from "../../xenstore/wire.ts";
import { domainFolder } from "./path.ts";
import type { Folder, SimulatedStore, StoreWatcher } from "./store.ts";

type Answer = Uint8Array | Errno;

const OK = encodeText("OK\0");

export class XenstoredConnection implements StoreWatcher {
  readonly #store: SimulatedStore;
  readonly #send: (message: Message) => void;
  /** Events of the request that is being served: they are sent after its answer. */
  #events: [path: string, token: string][] | undefined;

  constructor(store: SimulatedStore, readonly domain: number, send: (message: Message) => void) {
    this.#store = store;
    this.#send = send;
  }

  take(request: Message): void {
    const events: [path: string, token: string][] = this.#events = [];
    let answer = this.#serve(request);
    this.#events = undefined;
    if (answer instanceof Uint8Array && answer.length > PAYLOAD_MAX) answer = "E2BIG"; // send_reply
    if (answer instanceof Uint8Array) this.#send({ ...request, payload: answer });
    else this.#send({ ...request, type: XS.ERROR, payload: encodeText(`${answer}\0`) });
    for (const [path, token] of events) this.changed(path, token);
  }

  changed(path: string, token: string): void {
    if (this.#events !== undefined) this.#events.push([path, token]);
    else this.#send({ type: XS.WATCH_EVENT, id: 0, transaction: 0, payload: encodeText(`${path}\0${token}\0`) });
  }

  end(): void {
    this.#store.forget(this);
  }

  #serve({ type, payload, transaction }: Message): Answer {
    if (transaction !== 0) return "ENOENT"; // transactions are not simulated
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
        if (second === undefined) return "EINVAL";
        this.#store.unwatch(this, path, second);
        return OK;
      case XS.GET_DOMAIN_PATH:
        return oneString(payload) ? encodeText(`${domainFolder(Number.parseInt(path) || 0)}\0`) : "EINVAL";
      default:
        return "ENOSYS";
    }
  }

  /** The payload is a path with its `\0`, then the value, which has no end mark. */
  #write(payload: Uint8Array): Answer {
    const end = payload.indexOf(0);
    if (end < 0) return "EINVAL";
    return this.#store.write(this.domain, decodeText(payload.subarray(0, end)), payload.subarray(end + 1)) ?? OK;
  }
}

/** Whether a payload is exactly one string (onearg). */
function oneString(payload: Uint8Array): boolean {
  return payload.length > 0 && payload.indexOf(0) === payload.length - 1;
}

function namesOf(folder: Folder | Errno): Answer {
  return typeof folder === "string" ? folder : encodeText(folder.names.map((name) => `${name}\0`).join(""));
}

/** The generation, then whole names from `offset` that fit; after the last, an empty name (send_directory_part). */
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
