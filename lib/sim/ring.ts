/**
 * The notification ring of one open handle: ports that have become pending and have not been read. The two drivers
 * keep it in the same way, but Linux' grows and can be reset, and illumos' does neither.
 *
 * Both indices run freely through u32, and a slot is an index modulo the size, a power of two; so a full ring and an
 * empty one differ, and nothing is special where an index passes 2^32.
 *
 * @module
 */

import { PAGE_BYTES, PORT_BYTES } from "../../ffi/abi.ts";

/** The slots of a ring when it first gets any (drivers/xen/evtchn.c:321). */
export const FIRST_RING_SIZE = 64;

/** A ring of ports. */
export class Ring {
  #slots: Uint32Array;
  #bytes: Uint8Array;
  #consumed: number;
  #produced: number;
  #overflowed = false;

  /**
   * @param size Slots: a power of two, or 0 for none yet.
   * @param start Where both indices begin. A driver's begin at 0.
   */
  constructor(size: number, start = 0) {
    this.#slots = new Uint32Array(size);
    this.#bytes = new Uint8Array(this.#slots.buffer);
    this.#consumed = this.#produced = start >>> 0;
  }

  /** How many ports it can hold. */
  get size(): number {
    return this.#slots.length;
  }

  /** How many ports wait to be read. */
  get length(): number {
    return (this.#produced - this.#consumed) >>> 0;
  }

  /** Whether a port came when there was no slot for it. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /**
   * Adds a port, or notes the overflow when there is no room (drivers/xen/evtchn.c:174-183,
   * usr/src/uts/common/xen/io/evtchn_dev.c:137-151).
   *
   * @returns Whether the ring was empty before and is not now: the only moment at which waiters are woken.
   */
  push(port: number): boolean {
    const { length } = this;
    if (length >= this.#slots.length) {
      this.#overflowed = true;
      return false;
    }
    this.#slots[this.#produced & (this.#slots.length - 1)] = port;
    this.#produced = (this.#produced + 1) >>> 0;
    return length === 0;
  }

  /**
   * Takes ports out, in two chunks where they lie across the ring's end (drivers/xen/evtchn.c:230-254,
   * usr/src/uts/common/xen/io/evtchn_dev.c:206-229).
   *
   * @param into Where they go, each as a u32 of this machine.
   * @param count At most this many bytes, a multiple of 4.
   * @returns The bytes taken.
   */
  take(into: Uint8Array, count: number): number {
    const total = Math.min(count, this.length * PORT_BYTES);
    const start = (this.#consumed & (this.#slots.length - 1)) * PORT_BYTES;
    const untilEnd = Math.min(total, this.#bytes.length - start);
    into.set(this.#bytes.subarray(start, start + untilEnd));
    if (untilEnd < total) into.set(this.#bytes.subarray(0, total - untilEnd), untilEnd);
    this.#consumed = (this.#consumed + total / PORT_BYTES) >>> 0;
    return total;
  }

  /**
   * Doubles the ring, or gives it its first slots (drivers/xen/evtchn.c:320-354).
   *
   * The old slots are copied twice: whichever half an index now falls into, what it stands for is there.
   */
  grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length === 0 ? FIRST_RING_SIZE : 2 * old.length);
    this.#slots.set(old);
    this.#slots.set(old, old.length);
    this.#bytes = new Uint8Array(this.#slots.buffer);
  }

  /** Empties the ring and forgets an overflow (drivers/xen/evtchn.c:587). */
  reset(): void {
    this.#consumed = this.#produced = 0;
    this.#overflowed = false;
  }
}

/** The bytes that one read(2) or write(2) of `count` bytes is about: whole ports, at most a page. */
export function wholePorts(count: number): number {
  return Math.min(count - count % PORT_BYTES, PAGE_BYTES);
}
