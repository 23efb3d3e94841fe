/**
 * Xenstore's messages as bytes (xen/include/public/io/xs_wire.h, docs/misc/xenstore.txt): a header of four u32 in the
 * machine's byte order, then up to 4096 bytes of payload. @module
 */

import { getU32, setU32 } from "../../ffi/endian.ts";

/** The message types that evtchn and its simulator use (`enum xsd_sockmsg_type`). */
export const XS = {
  DIRECTORY: 1,
  READ: 2,
  WATCH: 4,
  UNWATCH: 5,
  GET_DOMAIN_PATH: 10,
  WRITE: 11,
  RM: 13,
  WATCH_EVENT: 15,
  ERROR: 16,
  DIRECTORY_PART: 22,
} as const;

/** `sizeof(struct xsd_sockmsg)`. */
export const HEADER_BYTES = 16;

/** `XENSTORE_PAYLOAD_MAX`: xenstored ends a connection that sends more. */
export const PAYLOAD_MAX = 4096;

export interface Message {
  readonly type: number;
  /** `req_id`: the client chooses it and the answer repeats it; without meaning in a watch event. */
  readonly id: number;
  /** `tx_id`: the transaction, 0 for none. */
  readonly transaction: number;
  readonly payload: Uint8Array;
}

export function packMessage({ type, id, transaction, payload }: Message): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  setU32(bytes, 0, type);
  setU32(bytes, 4, id);
  setU32(bytes, 8, transaction);
  setU32(bytes, 12, payload.length);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** The message at `start`; undefined if it is not complete yet. Its payload shares memory with `bytes`. */
export function unpackMessage(bytes: Uint8Array, start = 0): Message | undefined {
  if (bytes.length - start < HEADER_BYTES) return undefined;
  const length = getU32(bytes, start + 12);
  if (length > PAYLOAD_MAX) throw new BrokenMessage(`a message claims a payload of ${length} bytes`);
  const end = start + HEADER_BYTES + length;
  if (end > bytes.length) return undefined;
  return {
    type: getU32(bytes, start),
    id: getU32(bytes, start + 4),
    transaction: getU32(bytes, start + 8),
    payload: bytes.subarray(start + HEADER_BYTES, end),
  };
}

export class BrokenMessage extends Error {
  override readonly name = "BrokenMessage";
}

/** Splits a stream of bytes into messages. Throws a {@linkcode BrokenMessage}. */
export class MessageReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** Takes the next bytes, which the caller may reuse, and returns the messages that are complete now. */
  take(bytes: Uint8Array): Message[] {
    const all = this.#rest.length === 0 ? bytes.slice() : joined([this.#rest, bytes]);
    const messages: Message[] = [];
    let start = 0;
    for (let message; (message = unpackMessage(all, start)) !== undefined;) {
      messages.push(message);
      start += HEADER_BYTES + message.payload.length;
    }
    this.#rest = all.subarray(start);
    return messages;
  }
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Up to this many bytes, a test of each byte is faster than a call of the decoder. */
const SHORT = 128;

/** Decodes UTF-8, or Latin-1 if the bytes are not valid UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length <= SHORT && isAscii(bytes)) {
    // `...bytes` would make an object for each byte, a quarter of what a reading of many nodes allocated.
    return Reflect.apply(String.fromCharCode, undefined, bytes);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] >= 0x80) return false;
  return true;
}

/** The strings of a payload, each of which ends with a `\0`. */
export function stringsOf(payload: Uint8Array): string[] {
  if (payload.length === 0) return [];
  const text = decodeText(payload);
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}
