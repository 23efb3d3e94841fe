/** Writes all of a text to a standard stream; one write(2) may take only a part. @module */

const encoder = new TextEncoder();

export function writeAllSync(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** Signals are handled while it waits for a reader. */
export async function writeAll(stream: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  let rest = encoder.encode(text);
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
}
