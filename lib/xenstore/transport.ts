/** What carries xenstore's messages: the kernel's device or xenstored's socket. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Awaitable } from "../types.ts";

/** A connection to xenstored that carries whole messages out and bytes in. */
export interface Transport {
  /** Its path, for example `/dev/xen/xenbus`. */
  readonly place: string;
  /** The most requests that may wait for an answer at the same time. */
  readonly window: number;
  /** Sends or queues one message. Returns why it was refused; the next message may still be accepted. */
  send(message: Uint8Array): Errno | undefined;
  /** The next bytes, at least one, valid until the next call; or the errno that ended the connection. */
  receive(): Awaitable<Uint8Array | Errno>;
  /** Ends the connection; a waiting `receive` ends with an errno. */
  close(): Awaitable<void>;
}
