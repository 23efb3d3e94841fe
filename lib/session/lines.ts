/** Bytes of a connection as lines of text. @module */

/** A line is too long, is no UTF-8, or breaks the protocol. */
export class BrokenLine extends Error {
  override readonly name = "BrokenLine";
}

const NEWLINE = 0x0A;

/** How much is read at once, bytes. */
const CHUNK = 65_536;

/**
 * The lines without their newlines.
 *
 * @param limit The longest line, bytes.
 * @param last Whether text after the last newline is a line too; else it is dropped.
 */
export async function* readLines(
  source: Pick<Deno.Conn, "read">,
  limit: number,
  last = false,
): AsyncGenerator<string, void> {
  const chunk = new Uint8Array(CHUNK);
  // The beginning of an unfinished line: `kept` bytes, in a buffer that doubles.
  let begun = new Uint8Array(0);
  let kept = 0;
  const keep = (bytes: Uint8Array) => {
    if (kept + bytes.length > limit) throw tooLong(limit);
    if (kept + bytes.length > begun.length) {
      const room = new Uint8Array(Math.max(2 * begun.length, kept + bytes.length));
      room.set(begun.subarray(0, kept));
      begun = room;
    }
    begun.set(bytes, kept);
    kept += bytes.length;
  };
  for (;;) {
    const count = await source.read(chunk);
    if (count === null) {
      if (last && kept > 0) yield decode(begun.subarray(0, kept));
      return;
    }
    const bytes = chunk.subarray(0, count);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      let line = bytes.subarray(start, end);
      if (kept > 0) {
        keep(line);
        line = begun.subarray(0, kept);
      } else if (line.length > limit) throw tooLong(limit);
      yield decode(line);
      if (begun.length > CHUNK) begun = new Uint8Array(0);
      kept = 0;
      start = end + 1;
    }
    if (start < count) keep(bytes.subarray(start));
  }
}

function tooLong(limit: number): BrokenLine {
  return new BrokenLine(`Cannot read a line: it is longer than ${limit} bytes`);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(line: Uint8Array): string {
  try {
    return UTF8.decode(line);
  } catch {
    throw new BrokenLine("Cannot read a line: it is no UTF-8");
  }
}
