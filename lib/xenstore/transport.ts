/**
 * What carries xenstore's messages: the kernel's device or xenstored's socket.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Awaitable } from "../types.ts";

/** A way to xenstored and back. */
export interface Transport {
  /** Where it leads, as in `/dev/xen/xenbus`. */
  readonly place: string;
  /** The most requests that are to be on their way. */
  readonly window: number;
  /**
   * Sends one message.
   *
   * @returns Why it was not sent, which says nothing of the next one; undefined: it was, or will be.
   */
  send(message: Uint8Array): Errno | undefined;
  /**
   * The next bytes that came in, at once where there are some.
   *
   * @returns At least one byte, good until the next call; or the errno that ended the connection.
   */
  receive(): Awaitable<Uint8Array | Errno>;
  /** Ends it; a `receive` that waits ends too, with an errno. */
  close(): Awaitable<void>;
}
