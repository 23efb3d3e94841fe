/** Bytes that can be taken as lines first, and raw afterwards. */
export class ByteStream {
  #source: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #pending: Uint8Array = new Uint8Array();

  constructor(source: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#source = source.getReader();
  }

  /** The next line without its end, or nothing when the stream is over. */
  async readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.#pending.indexOf(10);
      if (end >= 0) {
        const line = new TextDecoder().decode(this.#pending.subarray(0, end));
        this.#pending = this.#pending.subarray(end + 1);
        return line.replace(/\r$/, "");
      }
      const more = await this.#more();
      if (more === undefined) return undefined;
      this.#pending = concatenate(this.#pending, more);
    }
  }

  /** All bytes up to a text, which ends this, or up to the end of the stream. */
  async *readUntil(text: string): AsyncGenerator<Uint8Array> {
    const wanted = new TextEncoder().encode(text);
    for (;;) {
      const at = search(this.#pending, wanted);
      if (at.index > 0) yield this.#pending.subarray(0, at.index);
      this.#pending = this.#pending.subarray(at.index);
      if (at.isWhole) return;
      const more = await this.#more();
      if (more === undefined) return;
      this.#pending = concatenate(this.#pending, more);
    }
  }

  async #more(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#source.read()).value;
    } catch (error) {
      // QEMU was killed with something of ours unread: the end, like any other.
      if (error instanceof Deno.errors.ConnectionReset) return undefined;
      throw error;
    }
  }
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Where `wanted` begins in these bytes, or where it may begin once more of them come. */
function search(bytes: Uint8Array, wanted: Uint8Array): { index: number; isWhole: boolean } {
  for (let index = 0; index < bytes.length; index++) {
    const part = bytes.subarray(index, index + wanted.length);
    if (!part.every((byte, offset) => byte === wanted[offset])) continue;
    return { index, isWhole: part.length === wanted.length };
  }
  return { index: bytes.length, isWhole: false };
}
