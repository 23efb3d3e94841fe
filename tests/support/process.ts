/**
 * evtchn as a process of its own, with the permissions of its first line.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { OutputLines } from "./records.ts";

// A suite in the background has SIGINT ignored, and what it starts would as well: Deno's first listener for any signal
// ends that.
const nothing = () => {};
Deno.addSignalListener("SIGUSR1", nothing);
Deno.removeSignalListener("SIGUSR1", nothing);

const MAIN = new URL("../../main.ts", import.meta.url);

/** What runs evtchn: the words of its first line after `env -S`, this very Deno, and the file. */
export const COMMAND = commandFor(Deno.env.get("HOME") ?? "");

/** {@linkcode COMMAND} where HOME is `home`, which env(1) puts into the first line. */
export function commandFor(home: string): readonly string[] {
  const [, words] = /^#!\/usr\/bin\/env -S deno (.*)$/m.exec(Deno.readTextFileSync(MAIN))!;
  return [Deno.execPath(), ...words.replaceAll("${HOME}", home).split(" "), MAIN.pathname];
}

/** How a process is started. */
export interface Options {
  /** A script for sh, in which `"$@"` is the command: for its redirections. */
  readonly sh?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In place of {@linkcode COMMAND}. */
  readonly command?: readonly string[];
  /** The user and the group it runs as, where those of the tests are not meant. */
  readonly uid?: number;
}

/** What a process came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `evtchn` with those words, every stream piped. */
export function start(words: readonly string[], { sh, env, command = COMMAND, uid }: Options = {}): Running {
  const [program, ...args] = sh === undefined ? [...command, ...words] : ["sh", "-c", sh, "sh", ...command, ...words];
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !/^EVTCHN_|^NO_COLOR$/.test(name));
  return new Running(
    new Deno.Command(program, {
      args,
      env: { ...Object.fromEntries(inherited), ...env },
      clearEnv: true,
      uid,
      gid: uid,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

/** Runs `evtchn` to its end. It never ends with a stack trace. */
export async function run(words: readonly string[], options: Options = {}): Promise<Outcome> {
  const { status, stdout, stderr } = await start(words, options).end();
  assert(!/^\s+at |Uncaught|\.ts:\d/m.test(stdout + stderr), stderr);
  return { status, stdout, stderr };
}

/** A process that runs. */
export class Running {
  readonly stdout: Text;
  readonly stderr: Text;

  constructor(readonly process: Deno.ChildProcess) {
    this.stdout = new Text(process.stdout);
    this.stderr = new Text(process.stderr);
  }

  /** Its end, with what it had printed that nobody has read yet. */
  async end(): Promise<Outcome> {
    const [stdout, stderr, { code }] = await Promise.all([
      this.stdout.rest(),
      this.stderr.rest(),
      this.process.status,
    ]);
    return { status: code, stdout, stderr };
  }

  /** Sends a signal, and checks that the process ends by it, and before long. */
  async endsBy(signal: Deno.Signal, status: number): Promise<void> {
    this.process.kill(signal);
    const late = setTimeout(() => this.process.kill("SIGKILL"), 10_000); // 137 below, in place of a test that hangs
    const { status: actual, stderr } = await this.end();
    clearTimeout(late);
    assertEquals({ status: actual, stderr }, { status, stderr: "" });
  }
}

/** A stream of text that can be waited on. */
export class Text {
  readonly #lines = new OutputLines();
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Reads until `pattern` is in what was read, which is returned. */
  async until(pattern: RegExp): Promise<string> {
    let text = "";
    while (!pattern.test(text)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the stream ended after: ${text}`);
      this.#lines.take(value);
      text += value;
    }
    return text;
  }

  /** Everything to the end. */
  async rest(): Promise<string> {
    let text = "";
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return text;
      this.#lines.take(value);
      text += value;
    }
  }

  /** Closes this end of the stream. */
  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}
