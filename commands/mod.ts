/**
 * The command tree: every verb by its name, loaded when it is called.
 *
 * @module
 */

import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import type { Context } from "../lib/cli/context.ts";

/** Where `session` and its verbs are. */
type SessionModule = typeof import("./session/mod.ts");

/** A verb's module: what makes its command. */
interface VerbModule {
  readonly command: (brief: string) => Command<Context>;
}

/** What each verb does, in a line. Its file has its name. */
const VERBS: Readonly<Record<string, string>> = {
  "bind-virq": "Bind a virtual interrupt and print its port",
  "bind-interdomain": "Bind to a port that a domain offers and print the local one",
  "alloc-unbound": "Allocate a port that a domain may bind, and print it",
  "unbind": "Close ports of a handle",
  "notify": "Send an event",
  "unmask": "Let ports fire again, with one write(2)",
  "watch": "Show events as they arrive",
  "top": "A live table of events: rate, total, last seen",
  "ping": "Measure round trips over a channel, or answer them",
  "reset": "Empty a handle's ring and clear an overflow",
  "restrict": "Restrict a handle to binding ports of one domain",
  "read": "One raw read(2) that does not wait and does not unmask",
  "poll": "One poll(2)",
  "list": "Show the ports of domains as Xen has them",
  "wiring": "Show which backend each frontend is wired to, and what is wrong",
  "status": "Show the channels of a session's handle",
  "run": "Run statements on handles that live until the last of them",
  "shell": "Statements at a prompt, with what arrives shown above it",
  "replay": "Send again the events that `watch --json` recorded",
  "why": "Say why a channel cannot be bound, or what a port is",
  "decode": "Read the event channels out of `xl debug-keys e; xl dmesg`",
  "virqs": "List the virtual interrupts: number, name, scope, usual owner",
};

/**
 * The command tree, with one verb loaded and the others there by name only: reading and building the parsers of all of
 * them would be a third of the time that a short command takes.
 *
 * @param command The verb that is about to run; it need not exist.
 */
export async function commandTree(command: string): Promise<RouteMap<Context>> {
  const routes: Record<string, Command<Context> | RouteMap<Context>> = {};
  for (const [name, brief] of Object.entries(VERBS)) {
    routes[name] = name === command
      ? (await load<VerbModule>(name)).command(brief)
      : buildCommand<Record<never, never>, [], Context>({ docs: { brief }, parameters: {}, func: () => {} });
  }
  const [first, second = ""] = command.split(" ");
  const session = "Hold a handle for several commands: run, start, stop";
  routes.session = first === "session"
    ? await (await load<SessionModule>("session")).routes(session, second)
    : buildCommand<Record<never, never>, [], Context>({ docs: { brief: session }, parameters: {}, func: () => {} });
  return buildRouteMap<string, Context>({ routes, docs: { brief: BRIEF, fullDescription: DESCRIPTION } });
}

/**
 * A verb's module, by an address that is made here: Deno reads what a literal names before the program starts, used
 * or not.
 */
function load<MODULE>(name: string): Promise<MODULE> {
  const path = FOLDERS.has(name) ? `${name}/mod` : name.replaceAll("-", "_");
  return import(import.meta.resolve(`./${path}.ts`));
}

/** Verbs of several files. */
const FOLDERS = new Set(["ping", "session", "shell", "top", "watch", "wiring"]);

const BRIEF = "Xen event channels from the command line";

const DESCRIPTION =
  `Binds, notifies and watches Xen event channels through /dev/xen/evtchn, or on a simulator (--simulator).
A port belongs to the handle that bound it and dies with it.

Common options, before or after a command:
  --device WHERE, --simulator, --fd N, --session SOCKET, --as DOMID, --json, --trace, --color WHEN

Exit status: 0 done, 1 refused, 2 usage, 124 time ran out, 128+n ended by signal n.`;
