/** The memory of a simulated process: what its devices have mapped. @module */

import { PAGE_BYTES } from "../../ffi/abi.ts";
import type { Memory } from "../../ffi/syscalls.ts";

/** The address of the first mapping. An unmapped page follows each mapping. */
const FIRST_ADDRESS = 0x7F00_0000_0000n;

export class AddressSpace {
  readonly #mappings = new Map<bigint, Uint8Array>();
  #next = FIRST_ADDRESS;

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

  /** The bytes at an address; undefined where not all of them are in one mapping. */
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
