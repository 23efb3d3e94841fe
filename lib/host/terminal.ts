/**
 * Full-screen mode of this process's terminal: alternate screen, no cursor, single keys. ^C and ^Z stay signals. On ^Z
 * the terminal is restored before the process stops, and taken again when it continues.
 *
 * @module
 */

import type { Terminal, TerminalListener } from "./host.ts";
import { writeAllSync } from "./write.ts";

/** Alternate screen, cursor hidden, cleared. */
const TAKE = "\x1b[?1049h\x1b[?25l\x1b[2J";

/** Cursor shown, normal screen. */
const GIVE = "\x1b[?25h\x1b[?1049l";

/** Clear to the end of the line, and of the screen. */
const [REST_OF_LINE, REST_OF_SCREEN] = ["\x1b[K", "\x1b[J"];

const HOME = "\x1b[H";

/** For a terminal that does not know its size. */
const USUAL_SIZE = { columns: 80, rows: 24 };

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
    // On any error the terminal is restored.
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
    try {
      const { columns, rows } = Deno.consoleSize();
      if (columns > 0 && rows > 0) return { columns, rows };
    } catch {
      // the terminal is gone: the next write says so
    }
    return USUAL_SIZE;
  }

  show(lines: readonly string[]): void {
    // One write for each frame, over the last one, so that nothing flickers.
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
      // the terminal is gone
    }
  }

  #on(signal: Deno.Signal, work: () => void): void {
    Deno.addSignalListener(signal, work);
    this.#stack.defer(() => Deno.removeSignalListener(signal, work));
  }

  /** ^Z: the shell has the terminal until this process continues. */
  #stop(): void {
    this.#give();
    Deno.kill(Deno.pid, "SIGSTOP"); // returns when the process continues
    this.#take();
    this.#listener.redraw();
  }

  /** Reads keys until the process ends: a waiting read cannot be cancelled. */
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
      // the terminal is gone: SIGHUP ends the process
    }
  }
}

/** Splits input into keys; an escape sequence is one key. */
function keysOf(text: string): string[] {
  // deno-lint-ignore no-control-regex
  return text.match(/\x1b[[O][\d;]*[@-~]|[^]/gu) ?? [];
}

function write(text: string): void {
  writeAllSync(Deno.stdout, text);
}
