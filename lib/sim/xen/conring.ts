/** Xen's console ring (xen/drivers/char/console.c). Indexes are free-running u32. @module */

export class ConsoleRing {
  readonly #bytes: Uint8Array;
  /** conringc and conringp: where the oldest byte is, and where the next one comes. */
  #oldest = 0;
  #end = 0;

  /** @param size Bytes, a power of 2. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  /** conring_puts: the oldest text makes room. */
  write(bytes: Uint8Array): void {
    const size = this.#bytes.length;
    const kept = bytes.subarray(Math.max(0, bytes.length - size)); // earlier bytes would be overwritten here
    const start = (this.#end + bytes.length - kept.length) % size;
    const first = kept.subarray(0, size - start);
    this.#bytes.set(first, start);
    this.#bytes.set(kept.subarray(first.length), 0);
    this.#end = (this.#end + bytes.length) >>> 0;
    if (((this.#end - this.#oldest) >>> 0) > size) this.#oldest = (this.#end - size) >>> 0;
  }

  /**
   * read_console_ring: copies text into `into`, from `index` if that is still in the ring, else from the oldest byte.
   *
   * @param index Undefined: not incremental.
   * @param clear Whether the text that was read is then dropped.
   * @returns The index after the last byte that was read, and how many bytes were.
   */
  read(index: number | undefined, clear: boolean, into: Uint8Array): { index: number; count: number } {
    const length = (this.#end - this.#oldest) >>> 0;
    const skipped = index === undefined ? 0 : (index - this.#oldest) >>> 0;
    const from = (this.#oldest + (skipped <= length ? skipped : 0)) >>> 0;
    const count = Math.min((this.#end - from) >>> 0, into.length);
    const at = from % this.#bytes.length;
    const first = this.#bytes.subarray(at, Math.min(at + count, this.#bytes.length));
    into.set(first, 0);
    into.set(this.#bytes.subarray(0, count - first.length), first.length);
    const end = (from + count) >>> 0;
    if (clear) this.#oldest = end;
    return { index: end, count };
  }
}
