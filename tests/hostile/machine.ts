/**
 * A world outside in which nothing takes time and nothing lasts: time goes on when everybody waits, and a signal comes
 * after some turns to whoever listens for one. What has not ended then would wait for ever.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Runtime } from "../../lib/runtime.ts";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import type {
  Background,
  Begun,
  Child,
  Host,
  Kernel,
  KernelChoice,
  Prompt,
  Serving,
  Signal,
} from "../../lib/host/host.ts";
import { VirtualClock } from "../../lib/script/virtual_clock.ts";
import { LINUX } from "../../ffi/abi.ts";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import type { World } from "../../lib/sim/world.ts";
import { Captured, FakeChild, type Outcome } from "../support/test_host.ts";
import { createWorld, Device } from "../support/simulated.ts";

/** Turns of the event loop within which a command that was told to end has ended. */
const TURNS = 200_000;

/** What a run is given. */
export interface Surroundings {
  /** After how many turns the signal comes. */
  readonly patience?: number;
  readonly signal?: Signal;
  readonly variables?: Readonly<Record<string, string>>;
  /** What every file holds, and standard input, as text or as bytes; undefined: there is none. */
  readonly input?: string | Uint8Array<ArrayBuffer>;
  /** What is typed at a prompt. */
  readonly typed?: readonly string[];
  /** Whether it speaks with a session. */
  readonly sockets?: boolean;
  /** What stands between the program and the kernel. */
  readonly between?: (kernel: Kernel) => Kernel["syscalls"];
  /** Does something in the world before the program starts. */
  readonly prepare?: (world: World) => void;
  /** Looks at the world when the program has ended. */
  readonly inspect?: (worlds: readonly World[]) => void;
  /** What a session in the background says. */
  readonly begun?: Begun;
}

/** What its files hold, as far as it is text. */
export function inputText({ input = "" }: Surroundings): string {
  return typeof input === "string" ? input : new TextDecoder().decode(input);
}

/** System calls that a command may make between two turns: a notification to many ports makes some thousand. */
const CALLS_A_TURN = 200_000;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Turns of the event loop that a sleep leaves to sockets, which no virtual clock knows of. */
export const SOCKET_TURNS = 1000;

/** A clock that goes on when everybody waits, and gives sockets their turn first. */
export class PatientClock extends VirtualClock {
  constructor(readonly turns: number) {
    super();
  }

  override async sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    for (let turns = 0; turns < this.turns && milliseconds > 0 && signal?.aborted !== true; turns++) await turn();
    return await super.sleep(milliseconds, signal);
  }
}

/** The world outside. */
class HostileHost implements Host {
  readonly clock: PatientClock;
  readonly world: World;
  readonly shell: SimulatedProcess;
  readonly stdout = new Captured();
  readonly stderr = new Captured();

  /** Files that were read and words of programs that were started. */
  readonly touched: string[] = [];
  /** The simulated worlds that were asked for. */
  readonly worlds: World[] = [];
  /** System calls since the last turn. */
  #calls = 0;
  /** What waits for its turn. */
  readonly waits: Promise<void>[] = [];

  constructor(readonly given: Surroundings) {
    this.clock = new PatientClock(given.sockets ? SOCKET_TURNS : 0);
    this.world = createWorld({ clock: this.clock });
    this.shell = this.world.process(0);
    new Device(this.shell); // descriptor 3, as the shell's `exec 3<>/dev/xen/evtchn` has it
  }

  runtime(): Promise<Runtime> {
    return Promise.resolve({ name: "Deno", lacks: [], libc: { state: "missing" } });
  }

  env(name: string): string | undefined {
    return this.given.variables?.[name];
  }

  // deno-lint-ignore require-await -- what fails has to reject
  async readText(path?: string, lossy = false): Promise<string> {
    const { input } = this.given;
    if (path !== undefined) this.touched.push(path);
    if (input === undefined && path === undefined) return ""; // standard input is closed
    if (input === undefined) throw new Deno.errors.NotFound("no such file");
    return typeof input === "string" ? input : new TextDecoder("utf-8", { fatal: !lossy }).decode(input);
  }

  folder(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  capture(): Promise<never> {
    return Promise.reject(new Deno.errors.NotFound("no such program"));
  }

  openPrompt(): Promise<Prompt> {
    const lines = [...this.given.typed ?? []];
    return Promise.resolve({
      terminal: false,
      read: () => Promise.resolve(lines.shift()),
      above: (text: string) => this.stdout.writeSync(text),
      close: () => {},
    });
  }

  openTerminal(): never {
    throw new TypeError("There is no terminal here");
  }

  /** The event loop had its turn. */
  turned(): void {
    this.#calls = 0;
  }

  onSignal(listener: (signal: Signal) => void): () => void {
    const { patience = 20, signal = "SIGTERM" } = this.given;
    let listens = true;
    this.waits.push((async () => {
      for (let turns = 0; turns < patience && listens; turns++) await turn();
      if (listens) listener(signal);
    })());
    return () => listens = false;
  }

  async kernel(choice: KernelChoice): Promise<Kernel> {
    if (choice.kind === "running") return this.#between({ syscalls: this.shell, abi: LINUX });
    const kernel = await simulatedKernel(choice.spec, choice.domain, choice.clock ?? this.clock);
    this.given.prepare?.(kernel.world);
    this.worlds.push(kernel.world);
    return this.#between(kernel);
  }

  #between(kernel: Kernel): Kernel {
    const { between = ({ syscalls }) => syscalls } = this.given;
    const { as } = kernel;
    return { ...kernel, syscalls: this.#counted(between(kernel)), as: as && ((domain) => this.#between(as(domain))) };
  }

  /** No time-out comes to what gives the event loop no turn: it is stopped at its system calls. */
  #counted(syscalls: Kernel["syscalls"]): Kernel["syscalls"] {
    const counted = <A extends unknown[], R>(call: (...args: A) => R) => (...args: A): R => {
      if (++this.#calls > CALLS_A_TURN) throw new Error("it goes on and on, and lets no signal in");
      return call.apply(syscalls, args);
    };
    const { read, write, ioctl, poll, pollNow, entries } = syscalls;
    return {
      open: (...args) => syscalls.open(...args),
      close: (...args) => syscalls.close(...args),
      dup: (...args) => syscalls.dup(...args),
      blocks: (...args) => syscalls.blocks(...args),
      map: (...args) => syscalls.map(...args),
      readlink: (...args) => syscalls.readlink(...args),
      entries: counted(entries),
      read: counted(read),
      write: counted(write),
      ioctl: counted(ioctl),
      poll: counted(poll),
      pollNow: counted(pollNow),
    };
  }

  background(): Promise<Background> {
    const nothing = () => Promise.resolve();
    return Promise.resolve({ stderr: "", ...this.given.begun, keep: nothing, drop: nothing });
  }

  replaceFile(path: string): Promise<void> {
    this.touched.push(path);
    return Promise.resolve();
  }

  serve(): Promise<Serving> {
    return Promise.reject(Object.assign(new Error("refused"), { code: "EADDRINUSE" }));
  }

  sessionSockets(): Promise<string[]> {
    return Promise.resolve([]);
  }

  spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
    this.touched.push(command, ...args);
    if (command.startsWith("no")) throw new Deno.errors.NotFound(command);
    const child = new FakeChild(command, args, env);
    child.end(0);
    return child;
  }
}

/**
 * Runs one command line, with a time-out in turns.
 *
 * @throws {Error} If it does not end, or fails as only a fault of its own lets it.
 */
export async function runHostile(words: readonly string[], given: Surroundings = {}): Promise<Outcome> {
  const host = new HostileHost(given);
  let status: number | undefined;
  let over = false;
  const ended = runCommandLine(words, host, VERBS).then((value) => status = value).finally(() => over = true);
  const patience = async () => {
    for (let turns = 0; turns < TURNS && !over; turns++) {
      await turn();
      host.turned();
    }
  };
  const waits = patience();
  await Promise.race([ended, waits]);
  await Promise.all([waits, ...host.waits]);
  if (status === undefined) throw new Error("it has not ended");
  given.inspect?.(host.worlds);
  const said = [...words, inputText(given), ...given.typed ?? []];
  const unnamed = host.touched.find((name) => !said.some((text) => text.includes(name)));
  if (unnamed !== undefined) throw new Error(`it read or ran ${JSON.stringify(unnamed)}, which nobody named`);
  return { status, stdout: host.stdout.text, stderr: host.stderr.text };
}
