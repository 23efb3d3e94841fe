/** The shell of transcripts in this process, where each `evtchn` is a function call. @module */

import type { Host, Output } from "../../lib/host/host.ts";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { type Abi, LINUX } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../../lib/clock.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { Descriptors } from "./descriptors.ts";
import type { Outcome, Shell } from "./transcript.ts";
import { expandWords } from "./words.ts";

export interface Ground {
  readonly syscalls: Syscalls;
  readonly clock: Clock;
  /** The path of the event-channel device. */
  readonly device: string;
  /** Its ABI [Linux]. */
  readonly abi?: Abi;
  /** Waits after each command until all its effects have happened. */
  settle?(): Promise<void>;
}

const SILENT: Outcome = { output: "", status: 0 };

export class CommandShell implements Shell {
  readonly #ground: Ground;
  readonly #descriptors: Descriptors;
  readonly #variables: Map<string, string>;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#descriptors = new Descriptors(ground.syscalls);
    this.#variables = new Map([["EVTCHN_DEVICE", ground.device]]);
  }

  /** `exec N<>DEVICE`, `exec N>&-`, `NAME=WORD` (`export` or not), `NAME=$(COMMAND)` or a command. */
  async run(line: string): Promise<Outcome> {
    const redirection = /^exec (\d+)(<>(?:\$EVTCHN_DEVICE|\/dev\/xen\/evtchn)|>&-)$/.exec(line);
    if (redirection) return this.#redirect(Number(redirection[1]), redirection[2] === ">&-");
    const assignment = /^(?:export )?(\w+)=(?:\$\((.*)\)|(.*))$/.exec(line);
    if (!assignment) {
      const { output, status } = await this.#pipeline(line, false);
      return { output, status };
    }
    const [, name, command, word] = assignment;
    if (command === undefined) {
      this.#variables.set(name, this.#expand(word).join(" "));
      return SILENT;
    }
    const { output, status, captured } = await this.#pipeline(command, true);
    this.#variables.set(name, captured.replace(/\n+$/, ""));
    return { output, status, captured };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#descriptors.closeAll());
  }

  #redirect(fd: number, close: boolean): Outcome {
    if (close) this.#descriptors.close(fd);
    const errno = close ? undefined : this.#descriptors.openAt(fd, this.#ground.device);
    if (errno !== undefined) throw new Error(`The shell cannot open ${this.#ground.device}: ${errno}`);
    return SILENT;
  }

  /** `evtchn WORDS`, or that with `| sed 's/.../.../'`. */
  async #pipeline(text: string, captures: boolean): Promise<Required<Outcome>> {
    const [command, filter] = text.split(/ \| (?=sed )/);
    const [program, ...words] = this.#expand(command);
    if (program !== "evtchn") throw new SyntaxError(`Transcripts have no such command: ${text}`);
    let output = "";
    let captured = "";
    const host = this.#host({
      stdout: collector((text) => captures || filter !== undefined ? captured += text : output += text),
      stderr: collector((text) => output += text),
    });
    const status = await runCommandLine(words, host, VERBS);
    await this.#ground.settle?.();
    if (filter === undefined) return { output, status, captured };
    const filtered = substitute(filter, captured);
    return { output: captures ? output : output + filtered, status: 0, captured: filtered };
  }

  #expand(text: string): string[] {
    return expandWords(text, (name) => this.#variables.get(name) ?? "");
  }

  #host(streams: Pick<Host, "stdout" | "stderr">): Host {
    return {
      sessionSockets: () => Promise.resolve([]),
      runtime: () => Promise.resolve({ name: "Deno", lacks: [], libc: { state: "loaded", version: "glibc" } }),
      ...streams,
      clock: this.#ground.clock,
      env: (name) => this.#variables.get(name),
      onSignal: () => () => {},
      kernel: (choice) =>
        choice.kind === "simulated"
          ? simulatedKernel(choice.spec, choice.domain)
          : Promise.resolve({ syscalls: this.#descriptors, abi: this.#ground.abi ?? LINUX }),
      readText: () => {
        throw new TypeError("This shell reads no files");
      },
      replaceFile: () => {
        throw new TypeError("This shell writes no files");
      },
      serve: () => {
        throw new TypeError("This shell serves nobody");
      },
      folder: () => {
        throw new TypeError("This shell reads no folders");
      },
      capture: () => {
        throw new TypeError("This shell starts no programs");
      },
      openPrompt: () => {
        throw new TypeError("This shell has no prompt");
      },
      openTerminal: () => {
        throw new TypeError("This shell has no terminal");
      },
      background: () => {
        throw new TypeError("This shell starts no sessions");
      },
      spawn: () => {
        throw new TypeError("This shell starts no programs");
      },
    };
  }
}

function collector(take: (text: string) => void): Output {
  return {
    terminal: false,
    writeSync: take,
    write: (text) => Promise.resolve(take(text)),
  };
}

/** `sed 's/PATTERN/TEXT/; ...'` with patterns that sed and JavaScript read alike. */
function substitute(filter: string, text: string): string {
  const script = /^sed '([^']*)'$/.exec(filter)?.[1];
  if (script === undefined) throw new SyntaxError(`Transcripts have no such filter: ${filter}`);
  const lines = text.split("\n");
  for (const statement of script.split("; ")) {
    const [, pattern, replacement] = /^s\/([^/]*)\/([^/]*)\/$/.exec(statement)!;
    lines.forEach((line, i) => lines[i] = line.replace(new RegExp(pattern), replacement));
  }
  return lines.join("\n");
}
