/**
 * Bytes of a connection as lines of text, none of them longer than a limit.
 *
 * @module
 */

/** The bytes are no lines of text, or one is too long. */
export class BrokenLine extends Error {
  override readonly name = "BrokenLine";
}

const NEWLINE = 0x0A;

/** How much is read at once, bytes. */
const CHUNK = 65_536;

/**
 * The lines that come, without their newlines. What follows the last newline is no line.
 *
 * @param source Where bytes come from.
 * @param limit The longest line, bytes.
 * @throws {BrokenLine} If a line is longer, or is no UTF-8.
 */
export async function* readLines(source: Pick<Deno.Conn, "read">, limit: number): AsyncGenerator<string, void> {
  const chunk = new Uint8Array(CHUNK);
  let rest: Uint8Array[] = [];
  let kept = 0;
  for (;;) {
    const count = await source.read(chunk);
    if (count === null) return;
    const bytes = chunk.subarray(0, count);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (kept + end - start > limit) throw tooLong(limit);
      yield decode([...rest, bytes.subarray(start, end)]);
      rest = [];
      kept = 0;
      start = end + 1;
    }
    if (start < count) rest.push(bytes.slice(start));
    kept += count - start;
    if (kept > limit) throw tooLong(limit);
  }
}

function tooLong(limit: number): BrokenLine {
  return new BrokenLine(`Cannot read a line: it is longer than ${limit} bytes`);
}

function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  } catch {
    throw new BrokenLine("Cannot read a line: it is no UTF-8");
  }
}
