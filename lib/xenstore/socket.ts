/**
 * Xenstore by xenstored's own socket, in the domain where it runs.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { errnoOf } from "../errors.ts";
import type { Transport } from "./transport.ts";
import { joined } from "./wire.ts";

/** Where xenstored listens (`xs_daemon_socket` of libxenstore), by the newest name first. */
export const XENSTORED_SOCKETS: readonly string[] = ["/run/xenstored/socket", "/var/run/xenstored/socket"];

/** Who asks more at once than xenstored answers in one go gains nothing. */
const WINDOW = 128;

/** Answers of some hundred requests in one read. */
const READ_BYTES = 65536;

/** A connection to xenstored. */
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
      if (count !== null) return this.#buffer.subarray(0, count);
      return this.#end("ECONNRESET");
    } catch (error) {
      return this.#end(errnoOf(error) ?? "EIO");
    }
  }

  /** Sends what has gathered, until nothing has. */
  async #write(): Promise<void> {
    try {
      await undefined; // the requests of one turn go together
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

  /** Ends the connection for one reason, the first there is. */
  #end(reason: Errno): Errno {
    if (this.#broken === undefined) {
      this.#broken = reason;
      this.connection.close();
    }
    return this.#broken;
  }
}

/**
 * Connects to xenstored.
 *
 * @param path Where it listens.
 * @returns The transport, or why there is none: ECONNREFUSED where xenstored is gone, EACCES where it is not for this
 * user.
 */
export async function openSocket(path: string): Promise<Transport | Errno> {
  try {
    return new XenstoredSocket(path, await Deno.connect({ transport: "unix", path }));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return errnoOf(error) ?? "EIO";
  }
}
