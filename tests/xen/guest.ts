/**
 * A second domain beside dom0, driven from here: evtchn runs in it as it does in dom0.
 *
 * Commands go out on the guest's console, and what becomes of them comes back there, in the lines that guest/agent tells
 * of. Every wait is for such a line; only a guest that takes minutes is given up.
 *
 * @module
 */

import { type Outcome, Text } from "../support/process.ts";
import { ByteStream } from "./rig/stream.ts";

/** The longest that a test may hold on to a guest, seconds. It starts in some ten. */
const LIMIT = 300;

/** What xl calls it: guest/guest.cfg. */
const NAME = "guest";

/** Where xenconsoled keeps what the guest prints. */
const LOG = `/var/log/xen/console/guest-${NAME}.log`;

/** Runs a program of dom0 and gives what it printed; a failure is thrown with what it said. */
export async function dom0(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${[program, ...args].join(" ")}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout).trimEnd();
}

/** The guest's domain number, or nothing while there is no guest. */
async function running(): Promise<number | undefined> {
  const { success, stdout } = await new Deno.Command("xl", { args: ["domid", NAME], stderr: "null" }).output();
  return success ? Number(new TextDecoder().decode(stdout)) : undefined;
}

/**
 * The rig's guest, for as long as a test holds on to its console. It runs on when the test is done: a start takes time,
 * and the next test attaches to it.
 */
export class Guest implements AsyncDisposable {
  readonly domid: number;
  readonly #console: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #followed: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #programs = new Map<string, Program>();
  /** Tells these commands from those of whoever had the console before. */
  readonly #prefix = crypto.randomUUID().slice(0, 8);
  #count = 0;
  #lost = "";

  private constructor(domid: number) {
    this.domid = domid;
    this.#console = new Deno.Command("timeout", {
      args: [`${LIMIT}`, "xenconsole", "--interactive", `${domid}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#console.stdin.getWriter();
    this.#ready.promise.catch(() => undefined);
    this.#followed = this.#follow();
  }

  /**
   * The guest, started if there is none.
   *
   * @param option Of its kernel, if it is started.
   */
  static async attach(option = ""): Promise<Guest> {
    const domid = await running();
    if (domid !== undefined) return new Guest(domid);
    await dom0("guest", "agent", option);
    const guest = new Guest((await running())!);
    try {
      await guest.#ready.promise;
      return guest;
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A new guest, whose kernel has an option, in the place of one that there may be. */
  static async anew(option: string): Promise<Guest> {
    const domid = await running();
    if (domid !== undefined) await dom0("xl", "destroy", `${domid}`);
    return await Guest.attach(option);
  }

  /** Starts a command line of sh in the guest. */
  async start(command: string): Promise<Program> {
    const id = `${this.#prefix}.${++this.#count}`;
    const program = new Program((signal, group) => this.run(`kill -${signal} -${group}`));
    this.#programs.set(id, program);
    if (this.#lost) program.lose(new Error(this.#lost));
    else await this.#input.write(encode(`${id} ${encode(command).toBase64()}\n`));
    return program;
  }

  /** Runs a command line of sh in the guest to its end. */
  async run(command: string): Promise<Outcome> {
    return await (await this.start(command)).end();
  }

  /** As `xl destroy` does it: at once, without a word to the guest. What runs in it is lost. */
  async destroy(): Promise<void> {
    await dom0("xl", "destroy", `${this.domid}`);
  }

  /** Lets go of the console. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave("the test let go of it");
    await this.#followed;
    await this.#input.close().catch(() => undefined);
    await this.#console.status;
  }

  #leave(why: string): void {
    this.#lost ||= why;
    try {
      this.#console.kill();
    } catch {
      // It ended with the guest.
    }
  }

  async #follow(): Promise<void> {
    const lines = new ByteStream(this.#console.stdout);
    for (let line = await lines.readLine(); line !== undefined; line = await lines.readLine()) this.#take(line);
    this.#leave(`its console is closed, or ${LIMIT} s are over`);
    const error = new Error(`The guest is lost: ${this.#lost}\n${await lastLines()}`);
    this.#ready.reject(error);
    for (const program of this.#programs.values()) program.lose(error);
  }

  #take(line: string): void {
    if (line === "@ready") return this.#ready.resolve();
    const [, id, kind, text = ""] = /^@(\S+) ([poe=])(?: (.*))?$/.exec(line) ?? [];
    if (id === undefined) return; // what the kernel has to say is in the log
    this.#programs.get(id)?.take(kind, text);
    if (kind === "=") this.#programs.delete(id);
  }
}

/**
 * Declares tests that need a guest.
 *
 * @param group What their names begin with.
 * @returns Takes a test's name and what it does. With an option of the kernel's line the guest is a new one.
 */
export function guestTests(group: string) {
  return (name: string, fn: (guest: Guest) => Promise<void>, option?: string): void =>
    Deno.test({
      name: `${group}: ${name}`,
      sanitizeOps: true,
      sanitizeResources: true,
      sanitizeExit: true,
      async fn() {
        await using guest = option === undefined ? await Guest.attach() : await Guest.anew(option);
        await fn(guest);
      },
    });
}

/** A command that runs in the guest. */
export class Program {
  readonly #out = new Lines();
  readonly #err = new Lines();
  readonly #group = Promise.withResolvers<number>();
  readonly #status = Promise.withResolvers<number>();
  readonly #send: (signal: string, group: number) => Promise<unknown>;

  /** What it prints, line by line. */
  readonly stdout: Text = new Text(this.#out.stream);
  readonly stderr: Text = new Text(this.#err.stream);

  constructor(send: (signal: string, group: number) => Promise<unknown>) {
    this.#send = send;
    for (const { promise } of [this.#group, this.#status]) promise.catch(() => undefined);
  }

  /** Its end, with what it had printed that nobody has read yet. */
  async end(): Promise<Outcome> {
    const [stdout, stderr, status] = await Promise.all([this.stdout.rest(), this.stderr.rest(), this.#status.promise]);
    return { status, stdout, stderr };
  }

  /** Sends a signal to it and to all that it started: `TERM`, `INT`... */
  async kill(signal: string): Promise<void> {
    await this.#send(signal, await this.#group.promise);
  }

  /** Takes one of the agent's lines. */
  take(kind: string, text: string): void {
    if (kind === "p") return this.#group.resolve(Number(text));
    if (kind === "o") return this.#out.add(text);
    if (kind === "e") return this.#err.add(text);
    this.#out.end();
    this.#err.end();
    this.#status.resolve(Number(text));
  }

  /** Tells whoever waits that nothing more comes. */
  lose(error: Error): void {
    for (const lines of [this.#out, this.#err]) lines.fail(error);
    for (const { reject } of [this.#group, this.#status]) reject(error);
  }
}

/** A stream that is fed line by line. */
class Lines {
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  readonly stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => void (this.#controller = controller),
  });

  add(line: string): void {
    this.#controller.enqueue(encode(`${line}\n`));
  }

  end(): void {
    this.#controller.close();
  }

  fail(error: Error): void {
    this.#controller.error(error);
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function lastLines(): Promise<string> {
  const text = await Deno.readTextFile(LOG).catch(() => "");
  return `The end of its console:\n${text.split("\n").slice(-30).map((line) => `  | ${line}`).join("\n")}`;
}
