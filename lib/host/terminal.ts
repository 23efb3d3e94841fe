/**
 * The terminal of this process, taken for a while: another screen, no cursor, keys one by one.
 *
 * Signals stay the terminal's: ^C and ^Z are no keys. A process that is stopped by ^Z gives the terminal back before it
 * stops, and takes it again when it goes on.
 *
 * @module
 */

import type { Terminal, TerminalListener } from "./host.ts";

/** The other screen, which leaves what the first one shows; the cursor away. */
const TAKE = "\x1b[?1049h\x1b[?25l\x1b[2J";

/** The cursor back, then the first screen. */
const GIVE = "\x1b[?25h\x1b[?1049l";

/** The end of a line, and of the screen, cleared. */
const [REST_OF_LINE, REST_OF_SCREEN] = ["\x1b[K", "\x1b[J"];

const HOME = "\x1b[H";

/** What a terminal has that does not know its size. */
const USUAL_SIZE = { columns: 80, rows: 24 };

/** Takes the terminal. */
export function openTerminal(listener: TerminalListener): Terminal {
  return new DenoTerminal(listener);
}

class DenoTerminal implements Terminal {
  readonly #listener: TerminalListener;
  readonly #keyboard = Deno.stdin.isTerminal();
  readonly #stack = new DisposableStack();
  #open = true;

  constructor(listener: TerminalListener) {
    this.#listener = listener;
    // In this order: whatever fails from here on, what has been taken is given back.
    try {
      this.#take();
      this.#on("SIGWINCH", () => listener.redraw());
      this.#on("SIGTSTP", () => this.#stop());
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.#keyboard) void this.#readKeys();
  }

  size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
  }

  show(lines: readonly string[]): void {
    // One write a frame, over the one before: nothing is blank in between.
    write(HOME + lines.map((line) => line + REST_OF_LINE).join("\r\n") + REST_OF_SCREEN);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stack.dispose();
    this.#give();
  }

  #take(): void {
    if (this.#keyboard) Deno.stdin.setRaw(true, { cbreak: true });
    write(TAKE);
  }

  #give(): void {
    try {
      if (this.#keyboard) Deno.stdin.setRaw(false);
      write(GIVE);
    } catch {
      // it is gone: nobody looks any more
    }
  }

  #on(signal: Deno.Signal, work: () => void): void {
    Deno.addSignalListener(signal, work);
    this.#stack.defer(() => Deno.removeSignalListener(signal, work));
  }

  /** ^Z. The shell has the terminal until it lets this process go on. */
  #stop(): void {
    this.#give();
    Deno.kill(Deno.pid, "SIGSTOP"); // returns when it goes on
    this.#take();
    this.#listener.redraw();
  }

  /** Reads keys for as long as the process lives: a read that waits cannot be called back. */
  async #readKeys(): Promise<void> {
    const buffer = new Uint8Array(64);
    const decoder = new TextDecoder();
    try {
      for (let count: number | null; this.#open && (count = await Deno.stdin.read(buffer)) !== null;) {
        for (const key of keysOf(decoder.decode(buffer.subarray(0, count), { stream: true }))) {
          if (this.#open) this.#listener.key(key);
        }
      }
    } catch {
      // the terminal is gone: a signal says so
    }
  }
}

/** Typed text as keys: an escape sequence is one. */
function keysOf(text: string): string[] {
  // deno-lint-ignore no-control-regex
  return text.match(/\x1b[[O][\d;]*[@-~]|[^]/gu) ?? [];
}

function write(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}
