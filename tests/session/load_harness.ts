/**
 * Many clients of one session at once, and watchers, one of which is stopped in the middle.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { RemoteDevice } from "../../lib/session/client.ts";
import { never } from "../support/sessions.ts";
import { type Shells, withShells } from "../support/session_shell.ts";
import type { Running } from "../support/process.ts";

/** How much. */
export interface Load {
  readonly clients: number;
  /** Of all clients together. */
  readonly requests: number;
  readonly watchers: number;
}

/** What came of it. */
export interface Figures {
  readonly milliseconds: number;
  /** Events that each watcher saw. */
  readonly events: number;
  /** The server's resident memory, bytes: at the start, and the most that was seen. */
  readonly memory: { readonly before: number; readonly most: number };
}

/**
 * Puts a load on a session whose server is a process of its own. Watchers are processes too; the first of them is
 * stopped with SIGSTOP until the load is over.
 *
 * @throws {Error} If a request is lost or answered wrongly, or a watcher's sequence has a gap.
 */
export async function load(options: Load): Promise<Figures> {
  let figures: Figures | undefined;
  await withShells(async (shells) => {
    const { stdout } = await shells.run("evtchn session start --simulator --json");
    figures = await loadSession(shells, JSON.parse(stdout).session, options);
  });
  return figures!;
}

async function loadSession(shells: Shells, socket: string, { clients, requests, watchers }: Load): Promise<Figures> {
  const server = await serverOf(socket);
  const devices = await Promise.all(Array.from({ length: clients }, () => RemoteDevice.connect(socket)));
  const pairs = await Promise.all(devices.map(bindPair));
  const ports = pairs.map(({ port }) => port);
  const watching = await Promise.all(Array.from({ length: watchers }, () => watcher(shells, socket, ports)));
  watching[0].process.kill("SIGSTOP");
  const before = memoryOf(server);
  const start = performance.now();
  const each = Math.floor(requests / clients / 2);
  await Promise.all(devices.map((device, i) => ask(device, pairs[i], each)));
  const milliseconds = performance.now() - start;
  watching[0].process.kill("SIGCONT");
  const statuses = await devices[0].status();
  const events = statuses.filter(({ port }) => ports.includes(port)).reduce((sum, { events }) => sum + events, 0);
  const memory = { before, most: memoryOf(server, "VmHWM") };
  const seen = await Promise.all(watching.map((running) => sequence(running, events)));
  assertEquals(seen, watching.map(() => events));
  for (const device of devices) await device.close();
  return { milliseconds, events, memory };
}

/** A port that others may bind, and the end that is notified. */
interface Pair {
  readonly port: number;
  readonly peer: number;
}

async function bindPair(device: RemoteDevice): Promise<Pair> {
  const port = await device.allocUnbound(0);
  return { port, peer: await device.bindInterdomain(0, port) };
}

/** A watcher of those ports, once it watches. */
async function watcher(shells: Shells, socket: string, ports: readonly number[]): Promise<Running> {
  const running = shells.start(`exec evtchn --session ${socket} watch ${ports.join(" ")} --json --banner`);
  await running.stderr.until(/watching .*\n/);
  return running;
}

/** Asks in turn for what succeeds and for what fails, and checks that each answer is that of its request. */
async function ask(device: RemoteDevice, { port, peer }: Pair, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await device.notify(peer);
    const wrong = 100_000 + port * 1000 + i % 1000;
    const error: Error = await device.unbind(wrong).then(never, (error) => error);
    assertEquals(error.message, `Cannot unbind port ${wrong}: EINVAL`);
  }
}

/** Reads a watcher's events until it has seen so many, checks that none is missing, and ends it. */
async function sequence(running: Running, events: number): Promise<number> {
  let seen = 0;
  let rest = "";
  while (seen < events) {
    const text = rest + await running.stdout.until(/\n/);
    const end = text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    for (const line of text.slice(0, end).trim().split("\n")) assertEquals(JSON.parse(line).seq, ++seen, line);
  }
  await running.endsBy("SIGINT", 130);
  return seen;
}

/** A process's memory, bytes. */
function memoryOf(process: number, name = "VmRSS"): number {
  const status = Deno.readTextFileSync(`/proc/${process}/status`);
  const kilobytes = Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)![1]);
  assertGreater(kilobytes, 0);
  return kilobytes * 1024;
}

/** The process that serves a socket: it was started with the runtime folder that the socket is in. */
export async function serverOf(socket: string): Promise<number> {
  const runtime = `XDG_RUNTIME_DIR=${socket.split("/evtchn/")[0]}\0`;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (!words.includes("\0session\0serve\0")) continue;
    const environment = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
    if (environment.includes(runtime)) return Number(name);
  }
  throw new Error(`Nobody listens on ${socket}`);
}
