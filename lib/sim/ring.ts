/** The notification ring of one open handle, as both drivers keep it; only Linux' grows and can be reset. @module */

import { PAGE_BYTES, PORT_BYTES } from "../../ffi/abi.ts";

/** The size of a ring when it first grows (drivers/xen/evtchn.c:321). */
export const FIRST_RING_SIZE = 64;

export class Ring {
  #slots: Uint32Array;
  #bytes: Uint8Array;
  // Both indices are u32 that wrap; the slot is the index modulo the size.
  #consumed: number;
  #produced: number;
  #overflowed = false;

  /** @param size In slots: a power of two, or 0. */
  constructor(size: number, start = 0) {
    this.#slots = new Uint32Array(size);
    this.#bytes = new Uint8Array(this.#slots.buffer);
    this.#consumed = this.#produced = start >>> 0;
  }

  get size(): number {
    return this.#slots.length;
  }

  get length(): number {
    return (this.#produced - this.#consumed) >>> 0;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  /**
   * Adds a port, or notes the overflow (drivers/xen/evtchn.c:174-183, evtchn_dev.c:137-151). Returns whether the ring
   * was empty before: only then drivers wake waiters.
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

  /** Moves out at most `count` bytes, a multiple of 4 (drivers/xen/evtchn.c:230-254, evtchn_dev.c:206-229). */
  take(into: Uint8Array, count: number): number {
    const total = Math.min(count, this.length * PORT_BYTES);
    const start = (this.#consumed & (this.#slots.length - 1)) * PORT_BYTES;
    const untilEnd = Math.min(total, this.#bytes.length - start);
    into.set(this.#bytes.subarray(start, start + untilEnd));
    if (untilEnd < total) into.set(this.#bytes.subarray(0, total - untilEnd), untilEnd);
    this.#consumed = (this.#consumed + total / PORT_BYTES) >>> 0;
    return total;
  }

  /** Doubles the ring. Both halves get a copy of the old slots, so each index finds its port (drivers/xen/evtchn.c:320-354). */
  grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length === 0 ? FIRST_RING_SIZE : 2 * old.length);
    this.#slots.set(old);
    this.#slots.set(old, old.length);
    this.#bytes = new Uint8Array(this.#slots.buffer);
  }

  /** Empties the ring and clears the overflow (drivers/xen/evtchn.c:587). */
  reset(): void {
    this.#consumed = this.#produced = 0;
    this.#overflowed = false;
  }
}

/** How many bytes one read(2) or write(2) of `count` bytes handles: whole ports, at most a page. */
export function wholePorts(count: number): number {
  return Math.min(count - count % PORT_BYTES, PAGE_BYTES);
}
