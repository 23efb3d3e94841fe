/** Xenstore over xenstored's own socket, in the domain where xenstored runs. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { errnoOf } from "../errors.ts";
import type { Transport } from "./transport.ts";
import { joined } from "./wire.ts";

/** Where xenstored listens (`xs_daemon_socket` of libxenstore), the newest name first. */
export const XENSTORED_SOCKETS: readonly string[] = ["/run/xenstored/socket", "/var/run/xenstored/socket"];

/** More than xenstored answers in one go: a larger window gains nothing. */
const WINDOW = 128;

/** Holds the answers of some hundred requests. */
const READ_BYTES = 65536;

class XenstoredSocket implements Transport {
  readonly window = WINDOW;
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #outbox: Uint8Array[] = [];
  #writing: Promise<void> | undefined;
  #reading: Promise<unknown> | undefined;
  #broken: Errno | undefined;

  constructor(readonly place: string, private readonly connection: Deno.Conn) {}

  send(message: Uint8Array): Errno | undefined {
    if (this.#broken !== undefined) return this.#broken;
    this.#outbox.push(message);
    this.#writing ??= this.#write();
  }

  receive(): Promise<Uint8Array | Errno> {
    const reading = this.#read();
    this.#reading = reading;
    return reading;
  }

  async close(): Promise<void> {
    this.#end("ECANCELED");
    await Promise.all([this.#reading, this.#writing]);
  }

  async #read(): Promise<Uint8Array | Errno> {
    try {
      const count = await this.connection.read(this.#buffer);
      return count === null ? this.#end("ECONNRESET") : this.#buffer.subarray(0, count);
    } catch (error) {
      return this.#end(errnoOf(error) ?? "EIO");
    }
  }

  async #write(): Promise<void> {
    try {
      await undefined; // sends the requests of one turn together
      while (this.#outbox.length > 0) {
        let bytes: Uint8Array = joined(this.#outbox.splice(0));
        while (bytes.length > 0) bytes = bytes.subarray(await this.connection.write(bytes));
      }
    } catch (error) {
      this.#end(errnoOf(error) ?? "EIO");
    } finally {
      this.#writing = undefined;
    }
  }

  /** Ends the connection. Returns the first reason that ended it. */
  #end(reason: Errno): Errno {
    if (this.#broken === undefined) {
      this.#broken = reason;
      this.connection.close();
    }
    return this.#broken;
  }
}

/** Connects to xenstored. Returns ECONNREFUSED if nothing listens there, EACCES if this user may not connect. */
export async function openSocket(path: string): Promise<Transport | Errno> {
  try {
    return new XenstoredSocket(path, await Deno.connect({ transport: "unix", path }));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return errnoOf(error) ?? "EIO";
  }
}
