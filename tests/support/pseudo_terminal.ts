/**
 * A program at a terminal of script(1), and what the screen of that terminal shows.
 *
 * @module
 */

import xterm from "@xterm/headless";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class PseudoTerminal {
  readonly #process: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  /** All output to the terminal, with its sequences. */
  text = "";

  /** @param script What sh runs at the terminal. */
  constructor(script: string, { columns, rows }: Size, env: Readonly<Record<string, string>> = {}) {
    this.#process = new Deno.Command("script", {
      args: ["-qec", `stty cols ${columns} rows ${rows}; echo "tty=$(tty)"; ${script}`, "/dev/null"],
      env: { TERM: "xterm", NO_COLOR: "1", SHELL: "/bin/sh", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#keys = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    // As most terminals and tmux do: a new width wraps the line with the cursor anew too.
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, reflowCursorLine: true });
  }

  /** The lines of the screen, without blanks at their ends and empty lines at its end. */
  get screen(): string[] {
    const { active } = this.#screen.buffer;
    const lines = Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString().trimEnd() ?? "",
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  /** Waits until `there` accepts all output. */
  async until(there: (text: string) => boolean): Promise<void> {
    while (!there(this.text)) {
      if (await this.#read()) throw new Error(`the terminal ended after: ${this.text}`);
    }
  }

  /** Waits until the screen shows these lines at its end. */
  async shows(...lines: readonly string[]): Promise<void> {
    await this.until(() => this.screen.slice(-lines.length).join("\n") === lines.join("\n"));
  }

  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** The terminal's window gets another size. The program is told twice if columns and rows change: stty(1) sets each. */
  async resize({ columns, rows }: Size): Promise<void> {
    const [, tty] = /tty=(\S+)\r\n/.exec(this.text)!;
    this.#screen.resize(columns, rows);
    await new Deno.Command("stty", { args: ["-F", tty, "cols", String(columns), "rows", String(rows)] }).output();
  }

  /** Reads what is left, until the program has ended. */
  async close(): Promise<void> {
    await this.#keys.close();
    while (!await this.#read());
    await this.#process.status;
  }

  /** The terminal is gone, as when its window is closed: its programs get SIGHUP. */
  async hangUp(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#keys.close().catch(() => {});
    while (!await this.#read());
    await this.#process.status;
  }

  /** Reads what there is; returns whether that was the end. */
  async #read(): Promise<boolean> {
    const { value, done } = await this.#reader.read();
    if (value !== undefined) {
      this.text += value;
      await new Promise<void>((resolve) => this.#screen.write(value, resolve));
    }
    return done;
  }
}
