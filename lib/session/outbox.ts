/** Lines that wait to be written to one connection. @module */

import { OUTBOX_LIMIT } from "./protocol.ts";

/** A bounded queue, so that a client that does not read cannot fill the memory. */
export class Outbox {
  readonly #encoder = new TextEncoder();
  #queue: string[] = [];
  #size = 0;
  #writing: Promise<void> | undefined;
  #room = Promise.withResolvers<void>();
  #broken = false;

  constructor(private readonly to: Pick<Deno.Conn, "write">) {}

  /** Queues a line as soon as there is room. Returns false if the connection is gone. */
  async send(line: string): Promise<boolean> {
    while (this.#size >= OUTBOX_LIMIT && !this.#broken) await this.#room.promise;
    return this.force(line);
  }

  /** Queues a line even if there is no room. */
  force(line: string): boolean {
    if (this.#broken) return false;
    this.#queue.push(line);
    this.#size += line.length;
    this.#writing ??= this.#write();
    return true;
  }

  /** Resolves when everything is written, or the connection is gone. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** The connection is gone: drops the queue and ends every wait. */
  break(): void {
    this.#broken = true;
    this.#queue = [];
    this.#room.resolve();
  }

  async #write(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const text = this.#queue.join("");
        this.#queue = [];
        let rest = this.#encoder.encode(text);
        while (rest.length > 0) rest = rest.subarray(await this.to.write(rest));
        this.#size -= text.length;
        if (this.#size >= OUTBOX_LIMIT) continue;
        this.#room.resolve();
        if (!this.#broken) this.#room = Promise.withResolvers();
      }
    } catch {
      this.break(); // the reader of the connection learns why
    } finally {
      this.#writing = undefined;
    }
  }
}
