/**
 * The command tree: every verb by its name, loaded when it is called.
 *
 * @module
 */

import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import type { Context } from "./context.ts";

/** A verb's module: what makes its command. */
interface VerbModule {
  readonly command: (brief: string) => Command<Context>;
}

/** What each verb does, in a line, and where it is. */
const VERBS: Readonly<Record<string, readonly [brief: string, load: () => Promise<VerbModule>]>> = {
  "bind-virq": ["Bind a virtual interrupt and print its port", () => import("./bind_virq.ts")],
  "bind-interdomain": [
    "Bind to a port that a domain offers and print the local one",
    () => import("./bind_interdomain.ts"),
  ],
  "alloc-unbound": ["Allocate a port that a domain may bind, and print it", () => import("./alloc_unbound.ts")],
  "unbind": ["Close ports of a handle", () => import("./unbind.ts")],
  "notify": ["Send an event", () => import("./notify.ts")],
  "unmask": ["Let ports fire again, with one write(2)", () => import("./unmask.ts")],
  "watch": ["Show events as they arrive", () => import("./watch.ts")],
  "reset": ["Empty a handle's ring and clear an overflow", () => import("./reset.ts")],
  "restrict": ["Restrict a handle to binding ports of one domain", () => import("./restrict.ts")],
  "read": ["One raw read(2) that does not wait and does not unmask", () => import("./read.ts")],
  "poll": ["One poll(2)", () => import("./poll.ts")],
  "virqs": ["List the virtual interrupts: number, name, scope, usual owner", () => import("./virqs.ts")],
};

/**
 * The command tree, with one verb loaded and the others there by name only: reading and building the parsers of all of
 * them would be a third of the time that a short command takes.
 *
 * @param command The verb that is about to run; it need not exist.
 */
export async function commandTree(command: string): Promise<RouteMap<Context>> {
  const routes: Record<string, Command<Context>> = {};
  for (const [name, [brief, load]] of Object.entries(VERBS)) {
    routes[name] = name === command
      ? (await load()).command(brief)
      : buildCommand<Record<never, never>, [], Context>({ docs: { brief }, parameters: {}, func: () => {} });
  }
  return buildRouteMap<string, Context>({ routes, docs: { brief: BRIEF, fullDescription: DESCRIPTION } });
}

const BRIEF = "Xen event channels from the command line";

const DESCRIPTION =
  `Binds, notifies and watches Xen event channels through /dev/xen/evtchn, or on a simulator (--simulator).
A port belongs to the handle that bound it and dies with it.

Common options, before or after a command:
  --device WHERE, --simulator, --fd N, --as DOMID, --json, --trace, --color WHEN

Exit status: 0 done, 1 refused, 2 usage, 124 time ran out, 128+n ended by signal n.`;
