import { ConsoleLog } from "./console.ts";
import { RigError } from "./error.ts";
import { ByteStream } from "./stream.ts";
import type { Base } from "./base.ts";

/** How a machine is started. */
export interface MachineOptions {
  base: Base;
  /** The first file system of dom0. */
  image: string;
  /** A folder for the socket, and for console.log with all that dom0's console prints. */
  folder: string;
  /** After so many milliseconds the machine counts as hung. */
  timeout?: number;
}

/**
 * An emulated computer with Xen and a Linux dom0. Dom0's console goes to a
 * log; a second serial port carries what the rig wants to know, line by line.
 * Disposing of the machine stops QEMU, whatever state it is in.
 */
export class Machine implements AsyncDisposable {
  readonly log: ConsoleLog;
  /** What dom0 writes on the second serial port. */
  readonly port: ByteStream;
  #process: Deno.ChildProcess;
  #connection: Deno.Conn;
  #failure?: RigError;
  #timer?: ReturnType<typeof setTimeout>;
  #console: Promise<void>;

  private constructor(process: Deno.ChildProcess, connection: Deno.Conn, options: MachineOptions) {
    this.#process = process;
    this.#connection = connection;
    this.port = new ByteStream(connection.readable);
    this.log = new ConsoleLog(`${options.folder}/console.log`);
    this.#console = this.#follow();
    if (options.timeout !== undefined) this.#limit(options.timeout);
  }

  /** Starts QEMU; what dom0 has to say is then in `lines`. */
  static async start(options: MachineOptions): Promise<Machine> {
    const socket = `${options.folder}/results`;
    // QEMU connects to us, so the listener has to be there first.
    using listener = Deno.listen({ transport: "unix", path: socket });
    const process = new Deno.Command("setpriv", {
      // Should this process die without a chance to tidy up, QEMU dies with it.
      args: ["--pdeathsig", "KILL", "qemu-system-x86_64", ...qemuArguments(options, socket)],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const connected = listener.accept();
    const ended = process.status.then(() => undefined);
    const connection = await Promise.race([connected, ended]);
    if (connection !== undefined) return new Machine(process, connection, options);
    connected.catch(() => undefined);
    const complaint = (await new Response(process.stderr).text()).trim();
    throw new RigError(`QEMU does not start: ${complaint || "it gives no reason"}`);
  }

  /**
   * The lines that dom0 writes on the second serial port, until it says
   * `@rig exit N`, which is the last one. Throws when it never comes to that.
   */
  async *lines(): AsyncGenerator<string> {
    for (;;) {
      const line = await this.port.readLine();
      if (line === undefined) throw await this.brokenOff();
      yield line;
      if (line.startsWith("@rig exit ")) return;
    }
  }

  /** Sends bytes to the second serial port. */
  async send(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) bytes = bytes.subarray(await this.#connection.write(bytes));
  }

  /** Stops QEMU, for a reason that is then the answer to whoever waits for the machine. */
  stop(failure: RigError): void {
    this.#failure ??= failure;
    // The end of QEMU ends the connection, and with it whoever reads from the port.
    this.#kill();
  }

  /** Whether QEMU was stopped from here, rather than by dom0. */
  get wasStopped(): boolean {
    return this.#failure !== undefined;
  }

  /** Why nothing more comes from the machine. */
  async brokenOff(): Promise<RigError> {
    await this.#console;
    const failure = this.#failure ?? new RigError("The machine stopped before its work was done.");
    if (failure.status !== 1) return failure;
    return new RigError(`${failure.message}\n${this.log.lastLines()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#kill();
    await this.#process.status;
    await this.#console;
    await this.#process.stderr.cancel().catch(() => undefined);
    this.log.close();
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already, which is all that is wanted.
    }
  }

  async #follow(): Promise<void> {
    for await (const bytes of this.#process.stdout) {
      const panic = this.log.add(bytes);
      if (panic !== undefined) this.stop(new RigError(panic));
    }
  }

  #limit(timeout: number): void {
    const text = `The machine did not finish within ${Math.round(timeout / 1000)} seconds.`;
    this.#timer = setTimeout(() => this.stop(new RigError(text)), timeout);
  }
}

// What is left out costs seconds of every boot under emulation, and tells nothing about event
// channels: scrubbing memory, defences against speculation, the kernel's tests of itself.
const xenLine = [
  ...["console=com1", "com1=115200,8n1", "dom0_mem=1024M", "dom0_max_vcpus=2"],
  ...["bootscrub=0", "spec-ctrl=no", "xpti=0"],
].join(" ");
const linuxLine = [
  ...["console=hvc0", "nomodeset", "panic=1", "clocksource=xen"],
  ...["rodata=off", "cryptomgr.notests", "mitigations=off"],
].join(" ");

function qemuArguments({ base, image }: MachineOptions, socket: string): string[] {
  return [
    ...["-M", "pc", "-accel", "tcg,thread=multi"],
    // With every feature that QEMU emulates (-cpu max) dom0 dies in its first instructions.
    ...["-cpu", "Westmere", "-smp", "2", "-m", "2048"],
    ...["-nographic", "-no-reboot", "-nodefaults"],
    ...["-serial", "stdio", "-serial", `unix:${socket}`],
    ...["-kernel", base.xen, "-append", xenLine],
    ...["-initrd", `${base.kernel} ${linuxLine},${image}`],
  ];
}
