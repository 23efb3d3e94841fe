const encoder = new TextEncoder();

/** Writes text on standard error, all of it. */
export function say(text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
}

/** A duration as people read it: `0.4 s`, `15 s`. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} s`;
}

/**
 * Shows one step on standard error while it runs and gives what it gives: a
 * line with running seconds on a terminal, one plain line at the end elsewhere,
 * and where the step prints something itself.
 */
export async function step<T>(what: string, work: () => Promise<T>, { prints = false } = {}): Promise<T> {
  const started = performance.now();
  const live = Deno.stderr.isTerminal() && !prints;
  const elapsed = () => seconds(performance.now() - started);
  const show = (text: string) => say(`\r\x1b[K${text}`);
  if (live) show(`${what} ...`);
  const ticker = live ? setInterval(() => show(`${what} ... ${elapsed()}`), 1000) : undefined;
  try {
    const result = await work();
    if (live) show("");
    say(`${what}: ${elapsed()}\n`);
    return result;
  } catch (error) {
    if (live) show("");
    say(`${what}: failed after ${elapsed()}\n`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}
