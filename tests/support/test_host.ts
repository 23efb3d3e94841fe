/**
 * A world outside that a test makes: a simulated Xen host, a shell in its domain 0, streams that are kept.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type {
  Captured as CapturedRun,
  Child,
  FolderEntry,
  Host,
  Kernel,
  KernelChoice,
  Output,
  Prompt,
  PromptOptions,
  Served,
  Serving,
  Signal,
  Terminal,
  TerminalListener,
} from "../../lib/host/host.ts";
import type { Runtime } from "../../lib/runtime.ts";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { LINUX } from "../../ffi/abi.ts";
import type { Awaitable } from "../../lib/types.ts";
import type { Clock } from "../../lib/clock.ts";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import { parseSimulation, simulatedKernel } from "../../lib/sim/mod.ts";
import type { World, WorldOptions } from "../../lib/sim/world.ts";
import { createWorld, Device } from "./simulated.ts";
import { TestClock } from "./test_clock.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { sawOutput } from "./records.ts";

/** A stream that keeps what is written, and lets tests wait for it. */
export class Captured implements Output {
  text = "";
  terminal = false;
  /** What the next write fails with. */
  broken: Error | undefined;
  /** How many writes there were. */
  writes = 0;
  #arrived = Promise.withResolvers<void>();

  writeSync(text: string): void {
    if (this.broken) throw this.broken;
    this.text += text;
    sawOutput(text);
    this.writes++;
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => resolve(this.writeSync(text)));
  }

  /** Waits until the text has that in it. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await this.#arrived.promise;
  }

  /** The text, which is forgotten. */
  take(): string {
    const { text } = this;
    this.text = "";
    return text;
  }
}

/** A program that a command started: it runs until the test ends it. */
export class FakeChild implements Child {
  readonly kills: Signal[] = [];
  readonly #end = Promise.withResolvers<{ code: number; signal: string | null }>();
  readonly ended = this.#end.promise;

  constructor(
    readonly command: string,
    readonly args: readonly string[],
    readonly env: Readonly<Record<string, string>>,
  ) {}

  kill(signal: Signal): void {
    this.kills.push(signal);
  }

  end(code: number, signal: string | null = null): void {
    this.#end.resolve({ code, signal });
  }
}

/** What a command line came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A prompt that a test types at. */
export class TypedPrompt implements Prompt {
  readonly terminal = false;
  #wanted = Promise.withResolvers<(line: string | undefined) => void>();
  closed = false;

  constructor(readonly options: PromptOptions, readonly above: (text: string) => void) {}

  read(): Promise<string | undefined> {
    return new Promise((resolve) => this.#wanted.resolve(resolve));
  }

  /** Types a line once the prompt waits for one, and returns when it waits for the next; undefined is ^D. */
  async type(line: string | undefined): Promise<void> {
    const give = await this.#wanted.promise;
    this.#wanted = Promise.withResolvers();
    give(line);
    if (line !== undefined) await this.#wanted.promise;
  }

  close(): void {
    this.closed = true;
    void this.#wanted.promise.then((give) => give(undefined));
  }
}

/** The world outside. */
export class TestHost implements Host {
  readonly clock = new TestClock();
  readonly world: World;
  /** Where a real device and real descriptors are: a shell of domain 0. */
  readonly shell: SimulatedProcess;
  readonly stdout = new Captured();
  readonly stderr = new Captured();
  readonly variables: Record<string, string> = {};
  /** The worlds that scripts ran in. */
  readonly scripted: World[] = [];
  /** The kernels that were asked for. */
  readonly kernels: KernelChoice[] = [];
  /** What spawning does. */
  onSpawn: (child: FakeChild) => void = (child) => child.end(0);
  readonly #listeners = new Set<(signal: Signal) => void>();
  readonly #boundAtFirst: readonly string[];

  /** @param options What the world is made with, but for its clock. */
  constructor(options: Omit<WorldOptions, "clock"> = {}) {
    this.world = createWorld({ clock: this.clock, ...options });
    this.shell = this.world.process(0);
    this.#boundAtFirst = this.#bound();
  }

  env(name: string): string | undefined {
    return this.variables[name];
  }

  /** What files hold, by their paths; standard input's is under `-`. */
  readonly files: Record<string, string> = {};

  readText(path = "-"): Promise<string> {
    const text = this.files[path];
    return text === undefined ? Promise.reject(new Deno.errors.NotFound("no such file")) : Promise.resolve(text);
  }

  /** Why files cannot be written. */
  unwritable: Error | undefined;

  replaceFile(path: string, text: string): Promise<void> {
    if (this.unwritable !== undefined) return Promise.reject(this.unwritable);
    this.files[path] = text;
    return Promise.resolve();
  }

  /** Serves at a free port of loopback, whatever port was asked for: tests run side by side. */
  async serve(served: Served): Promise<Serving> {
    const { serve } = await import("../../lib/host/http_server.ts");
    return await serve({ ...served, port: 0 });
  }

  /** The folders, by their paths, with the names of their files. */
  readonly folders: Record<string, readonly string[]> = {};

  folder(path: string): Promise<readonly FolderEntry[] | undefined> {
    return Promise.resolve(this.folders[path]?.map((name) => ({ name, kind: "file" as const })));
  }

  /** What running a program and taking its output comes to. */
  onCapture: (command: string, args: readonly string[], signal: AbortSignal) => Awaitable<Partial<CapturedRun>> =
    () => {
      throw new Deno.errors.NotFound("no such program");
    };

  /** What programs got on standard input. */
  readonly inputs: (string | undefined)[] = [];

  async capture(
    command: string,
    args: readonly string[],
    { input, signal }: { readonly input?: string; readonly signal: AbortSignal },
  ): Promise<CapturedRun> {
    this.inputs.push(input);
    return { status: 0, stdout: "", stderr: "", over: false, ...await this.onCapture(command, args, signal) };
  }

  /** The prompt that is opened. */
  readonly prompted = Promise.withResolvers<TypedPrompt>();

  openPrompt(options: PromptOptions): Promise<Prompt> {
    const prompt = new TypedPrompt(options, (text) => this.stdout.writeSync(text));
    this.prompted.resolve(prompt);
    return Promise.resolve(prompt);
  }

  /** The terminal that commands take. */
  readonly screen: FakeTerminal = new FakeTerminal();

  openTerminal(listener: TerminalListener): Promise<Terminal> {
    this.screen.open(listener);
    return Promise.resolve(this.screen);
  }

  onSignal(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  kernel(choice: KernelChoice): Promise<Kernel> {
    this.kernels.push(choice);
    if (choice.kind === "simulated" && choice.clock) return this.#scripted(choice.spec, choice.domain, choice.clock);
    const syscalls = choice.kind === "running"
      ? this.shell
      : this.world.process(choice.domain, parseSimulation(choice.spec).privileged);
    return Promise.resolve({ syscalls, abi: LINUX });
  }

  /** A world of a script's own, which has a clock of its own. */
  async #scripted(spec: string, domain: number, clock: Clock): Promise<Kernel> {
    const kernel = await simulatedKernel(spec, domain, clock);
    this.scripted.push(kernel.world);
    return kernel;
  }

  background(): Promise<never> {
    throw new TypeError("Nothing outlives a test");
  }

  /** What commands are told that they run in. */
  runsIn: Runtime = {
    name: "Deno 2.9.6 on linux x86_64",
    lacks: [],
    libc: { state: "loaded", version: "glibc 2.41" },
  };

  runtime(): Promise<Runtime> {
    return Promise.resolve(this.runsIn);
  }

  /** The sockets that `session list` finds. */
  sockets: readonly string[] = [];

  sessionSockets(): Promise<string[]> {
    return Promise.resolve([...this.sockets]);
  }

  spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
    const child = new FakeChild(command, args, env);
    this.onSpawn(child);
    return child;
  }

  /** Sends a signal to the command that runs. */
  signal(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** How many listen for signals. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** What `exec N<>/dev/xen/evtchn` gives: a handle of the shell's, its descriptor and its verbs. */
  exec(nonblock = false): Device {
    return new Device(this.shell, nonblock);
  }

  /** Runs `evtchn` with the words of `line`, which have no spaces in them or are given, and returns its exit status. */
  start(line: string | readonly string[]): Promise<number> {
    return runCommandLine(typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line, this, VERBS);
  }

  /** {@linkcode TestHost.start}, with what was printed since the last time. */
  async run(line: string | readonly string[]): Promise<Outcome> {
    const status = await this.start(line);
    return { status, stdout: this.stdout.take(), stderr: this.stderr.take() };
  }

  /** Runs what has to go well and returns what it printed. */
  async ok(line: string): Promise<string> {
    const { status, stdout, stderr } = await this.run(line);
    assertEquals({ status, stderr }, { status: 0, stderr: "" }, line);
    return stdout;
  }

  /** The ports of all domains, as `domain:port state`, that are bound now and were not when the world began. */
  left(): string[] {
    return this.#bound().filter((port) => !this.#boundAtFirst.includes(port));
  }

  #bound(): string[] {
    const { hypervisor } = this.world;
    const bound: string[] = [];
    for (const domid of hypervisor.domids) {
      const domain = hypervisor.domain(domid)!;
      for (let port = 1; port < domain.tableSize; port++) {
        const { state } = domain.channel(port)!;
        if (state !== "free") bound.push(`${domid}:${port} ${state}`);
      }
    }
    return bound;
  }
}

/** Runs one command line in a world of its own. */
export function evtchn(
  line: string | readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const host = new TestHost();
  Object.assign(host.variables, variables);
  return host.run(line);
}
