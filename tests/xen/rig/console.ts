/** Keeps what dom0's console prints, in a file, and knows a panic when it sees one. */
export class ConsoleLog {
  #file: Deno.FsFile;
  #tail = "";
  #decoder = new TextDecoder();

  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
  }

  /** Appends to the log; a sentence comes back when Xen or Linux have given up. */
  add(bytes: Uint8Array): string | undefined {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(this.#file.writeSync(rest));
    this.#tail = (this.#tail + this.#decoder.decode(bytes, { stream: true })).slice(-8192);
    const panic = /^.*(Panic on CPU|Kernel panic|Hardware Dom0 crashed).*$/m.exec(this.#tail);
    return panic === null ? undefined : `The machine panicked: ${panic[0].trim()}`;
  }

  /** The last lines of the console, for a message. */
  lastLines(count = 25): string {
    const lines = this.#tail.split(/\r*\n/).filter((line) => line.trim() !== "");
    const shown = lines.slice(-count).map((line) => `  | ${line}`).join("\n");
    return `The end of dom0's console:\n${shown}`;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}
