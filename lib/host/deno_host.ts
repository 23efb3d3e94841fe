import { keepIgnored } from "../../ffi/ignored.ts";
import { INPUT_LIMIT } from "./host.ts";
import { systemClock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import {
  type Background,
  type Captured,
  type Child,
  type FolderEntry,
  type Host,
  KEPT,
  type Kernel,
  type KernelChoice,
  type Output,
  type Signal,
  SIGNAL_NUMBERS,
} from "./host.ts";
import { MAIN, mainWords } from "./permissions.ts";
import { runningKernel } from "./running_kernel.ts";
import { writeAll, writeAllSync } from "./write.ts";

const SIGNALS: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The host interface of this process. */
export function denoHost(): Host {
  let ignored: readonly number[] | undefined;
  /** The signals to catch. The first call keeps ignored what is ignored; `--version` and `--help` do without its time. */
  const caught = () => {
    ignored ??= keepIgnored(SIGNALS.map((signal) => SIGNAL_NUMBERS[signal]), () => {
      // Without a listener Deno opens a debugger on a port at this signal.
      Deno.addSignalListener("SIGUSR1", () => {});
    });
    return SIGNALS.filter((signal) => !ignored!.includes(SIGNAL_NUMBERS[signal]));
  };
  return {
    stdout: output(Deno.stdout),
    stderr: output(Deno.stderr),
    clock: systemClock(),
    env: variable,
    readText,
    replaceFile: async (path, text) => await (await import("./replace_file.ts")).replaceFile(path, text),
    serve: async (served) => await (await import("./http_server.ts")).serve(served),
    folder,
    openPrompt: async (options) => {
      const { openPrompt } = await import("./prompt.ts");
      return await openPrompt(options, variable);
    },
    openTerminal: async (listener) => {
      const { openTerminal } = await import("./terminal.ts");
      return openTerminal(listener);
    },
    onSignal: (listener) => onSignal(caught(), listener),
    kernel,
    background,
    runtime: async () => (await import("./runtime.ts")).runtime({ libc: true }),
    sessionSockets,
    spawn,
    capture,
    keepOnly: () => void caught(), // a command begins
  };
}

type Stream = typeof Deno.stdout;

function output(stream: Stream): Output {
  return {
    get terminal() {
      return stream.isTerminal();
    },
    get columns() {
      if (!stream.isTerminal()) return undefined;
      try {
        return Deno.consoleSize().columns || undefined; // a serial line reports 0
      } catch {
        return undefined; // the terminal has just gone
      }
    },
    writeSync: (text) => writeAllSync(stream, text),
    write: (text) => writeAll(stream, text),
  };
}

function variable(name: string): string | undefined {
  if (name === "NO_COLOR") return Deno.noColor ? "1" : undefined; // needs no permission
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") return undefined;
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) throw new UsageError(`Cannot use ${name}: it is not UTF-8`);
    throw error;
  }
}

/** Names of standard input that Deno does not open as files. */
const STDIN = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

async function readText(path?: string, lossy = false): Promise<string> {
  const stdin = path === undefined || STDIN.includes(path);
  using file = stdin ? undefined : await Deno.open(path);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of (file ?? Deno.stdin).readable) {
    size += chunk.length;
    if (size > INPUT_LIMIT) throw Object.assign(new Error("too large"), { code: "EFBIG" });
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: !lossy }).decode(await new Blob(chunks).arrayBuffer());
}

function onSignal(signals: readonly Signal[], listener: (signal: Signal) => void): () => void {
  const remove = signals.map((signal) => {
    const handler = () => listener(signal);
    Deno.addSignalListener(signal, handler);
    return () => Deno.removeSignalListener(signal, handler);
  });
  return () => remove.forEach((each) => each());
}

async function kernel(choice: KernelChoice): Promise<Kernel> {
  if (choice.kind === "running") {
    return await runningKernel(Deno.build.os);
  }
  const { simulatedKernel } = await import("../sim/mod.ts");
  return await simulatedKernel(choice.spec, choice.domain, choice.clock, choice.bare);
}

function spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
  const process = new Deno.Command(command, { args: [...args], env, stdin: "inherit" }).spawn();
  return { ended: process.status, kill: (signal) => process.kill(signal) };
}

async function folder(path: string): Promise<FolderEntry[] | undefined> {
  try {
    const found: FolderEntry[] = [];
    for await (const { name, isFile, isDirectory } of Deno.readDir(path)) {
      found.push({ name, kind: isFile ? "file" : isDirectory ? "folder" : "other" });
    }
    return found;
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The most bytes of a program's messages that are kept. */
const STDERR_KEPT = 4096;

async function capture(
  command: string,
  args: readonly string[],
  { input, limit, signal }: { readonly input?: string; readonly limit: number; readonly signal: AbortSignal },
): Promise<Captured> {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let over = false;
  const end = () => {
    try {
      process.kill("SIGKILL");
    } catch {
      // it has ended
    }
  };
  if (signal.aborted) end();
  signal.addEventListener("abort", end);
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      taken(process.stdout, limit, () => {
        over = true;
        end();
      }),
      lastOf(process.stderr),
      process.status,
      input === undefined ? undefined : given(process.stdin, input),
    ]);
    return { status: code, stdout, stderr, over };
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** A program may end before it has read everything. */
async function given(stdin: WritableStream<Uint8Array<ArrayBuffer>>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(text)).then(() => writer.close()).catch(() => {});
}

async function taken(stream: ReadableStream<Uint8Array<ArrayBuffer>>, limit: number, over: () => void) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) {
      over();
      break;
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(await new Blob(chunks).arrayBuffer());
}

async function lastOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) text = (text + chunk).slice(-STDERR_KEPT);
  return text;
}

async function sessionSockets(): Promise<string[]> {
  const { runtimeFolders, socketsIn, temporaryParent } = await import("../session/place.ts");
  return socketsIn(runtimeFolders(variable("XDG_RUNTIME_DIR") || undefined), temporaryParent().path);
}

async function background(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  fd?: number,
): Promise<Background> {
  try {
    const [kernel, { keepDescriptors }] = await Promise.all([runningKernel(Deno.build.os), import("./descriptors.ts")]);
    keepDescriptors(kernel, fd);
  } catch {
    // A simulated session needs no libc. Where it cannot be loaded, the descriptors are inherited.
  }
  const process = new Deno.Command(Deno.execPath(), {
    args: [...mainWords(), MAIN.href, ...words],
    env,
    cwd: "/", // no file system is kept busy
    detached: true, // in a process session of its own, so that no terminal's hangup ends it
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  process.unref();
  const stderr = new Response(process.stderr).text();
  const line = await firstLine(process.stdout);
  const word = process.stdin.getWriter();
  return {
    line,
    stderr: line === undefined ? await stderr : "",
    async keep() {
      await word.write(new TextEncoder().encode(KEPT)).then(() => word.close()).catch(() => {}); // it has ended
    },
    async drop() {
      process.ref();
      await word.close().catch(() => {});
      await process.status;
    },
  };
}

async function firstLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string | undefined> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return undefined;
}
