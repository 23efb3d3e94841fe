/**
 * The memory of a simulated process, as far as devices gave it some.
 *
 * @module
 */

import type { Memory } from "../../ffi/syscalls.ts";

/** Where the first mapping lies; the next ones lie above it, a page of nothing between them. */
const FIRST_ADDRESS = 0x7F00_0000_0000n;

/** `PAGE_SIZE` of x86, bytes. */
const PAGE_BYTES = 4096;

/** What a process has mapped. */
export class AddressSpace {
  readonly #mappings = new Map<bigint, Uint8Array>();
  #next = FIRST_ADDRESS;

  /** Puts a device's memory at an address of its own. */
  map(pages: Uint8Array): Memory {
    const address = this.#next;
    this.#next += BigInt((Math.ceil(pages.length / PAGE_BYTES) + 1) * PAGE_BYTES);
    this.#mappings.set(address, pages);
    return {
      address,
      read: (offset, into) => into.set(part(pages, offset, into.length)),
      write: (offset, from) => part(pages, offset, from.length).set(from),
      unmap: () => void this.#mappings.delete(address),
    };
  }

  /** The bytes that are mapped there; undefined where not all of them are, as copy_from_user(9) would find. */
  at(address: bigint, bytes: number): Uint8Array | undefined {
    for (const [start, pages] of this.#mappings) {
      const offset = Number(address - start);
      if (offset >= 0 && offset + bytes <= pages.length) return pages.subarray(offset, offset + bytes);
    }
  }
}

function part(pages: Uint8Array, offset: number, bytes: number): Uint8Array {
  if (offset < 0 || offset + bytes > pages.length) {
    throw new RangeError(`Cannot reach ${bytes} bytes at ${offset}: there are ${pages.length}`);
  }
  return pages.subarray(offset, offset + bytes);
}
