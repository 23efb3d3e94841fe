/**
 * What waits to be written to one connection: bounded, so that who does not read costs memory to nobody.
 *
 * @module
 */

import { OUTBOX_LIMIT } from "./protocol.ts";

/** Lines on their way to a connection. */
export class Outbox {
  readonly #to: Pick<Deno.Conn, "write">;
  readonly #encoder = new TextEncoder();
  #queue: string[] = [];
  #size = 0;
  #writing: Promise<void> | undefined;
  #room = Promise.withResolvers<void>();
  #broken = false;

  constructor(to: Pick<Deno.Conn, "write">) {
    this.#to = to;
  }

  /**
   * Takes a line, once there is room for it.
   *
   * @returns Whether it was taken: not where the connection is gone.
   */
  async send(line: string): Promise<boolean> {
    while (this.#size >= OUTBOX_LIMIT && !this.#broken) await this.#room.promise;
    return this.force(line);
  }

  /** Takes a line whether there is room or not: for the last that is said. */
  force(line: string): boolean {
    if (this.#broken) return false;
    this.#queue.push(line);
    this.#size += line.length;
    this.#writing ??= this.#write();
    return true;
  }

  /** Waits until all has been written, or the connection is gone. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** The connection is gone: nothing more is taken, and nobody waits. */
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
        while (rest.length > 0) rest = rest.subarray(await this.#to.write(rest));
        this.#size -= text.length;
        if (this.#size >= OUTBOX_LIMIT) continue;
        this.#room.resolve();
        if (!this.#broken) this.#room = Promise.withResolvers();
      }
    } catch {
      this.break(); // whoever reads from the connection learns why
    } finally {
      this.#writing = undefined;
    }
  }
}
