/** Every record that evtchn prints in a test is held against the schema of records. @module */

/** Records that were printed and not checked yet. */
let printed: string[] = [];

/** The records among lines of output. */
const RECORD = /^\{"(?:op|event|host)":.*$/gm;

/** Takes whole lines of output in. Other lines than records are left alone. */
export function sawOutput(text: string): void {
  if (text.includes('{"')) { for (const [line] of text.matchAll(RECORD)) printed.push(line); }
}

/** @throws {Error} If one of the records since the last call is not as the schema has it. */
export async function checkRecords(): Promise<void> {
  if (printed.length === 0) return;
  const lines = printed;
  printed = [];
  const { unfit } = await import("../docs/validate.ts");
  for (const line of lines) {
    const reason = unfit(line);
    if (reason !== undefined) throw new Error(reason);
  }
}

/** Forgets the records of a test that failed. */
export function forgetRecords(): void {
  printed = [];
}

/** Pieces of output, which may end inside a line. */
export class OutputLines {
  #rest = "";

  take(piece: string): void {
    const text = this.#rest + piece;
    const end = text.lastIndexOf("\n") + 1;
    sawOutput(text.slice(0, end));
    this.#rest = text.slice(end);
  }
}
