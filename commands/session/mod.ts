/**
 * `evtchn session ...`: a handle that several commands share, held by a process of its own.
 *
 * @module
 */

import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import type { Context } from "../../lib/cli/context.ts";

/** What can be done with a session, in a line. */
const COMMANDS: Readonly<Record<string, string>> = {
  run: "Run a program with a session that lives as long as it",
  start: "Start a session and print what the shell is to evaluate",
  stop: "End the session and print what the shell is to evaluate",
  serve: "Be a session: what `session start` starts",
};

/**
 * The commands of a session, with one of them loaded.
 *
 * @param name The one that is about to run; it need not exist.
 */
export async function routes(brief: string, name: string): Promise<RouteMap<Context>> {
  const routes: Record<string, Command<Context>> = {};
  for (const [each, brief] of Object.entries(COMMANDS)) {
    routes[each] = each === name
      ? (await load(each)).command(brief)
      : buildCommand<Record<never, never>, [], Context>({ docs: { brief }, parameters: {}, func: () => {} });
  }
  return buildRouteMap<string, Context>({
    routes,
    docs: { brief, fullDescription: DESCRIPTION, hideRoute: { serve: true } },
  });
}

/** By an address that is made here, as in mod.ts. */
function load(name: string): Promise<{ command: (brief: string) => Command<Context> }> {
  return import(import.meta.resolve(`./${name}.ts`));
}

const DESCRIPTION =
  `A session is a process that holds a handle for others. While EVTCHN_SESSION names its socket, every verb acts on
that handle and returns at once: ports stay bound, and several shells can use and watch them.

  evtchn session run -- sh                    for one program
  eval "$(evtchn session start)"              for this shell; eval "$(evtchn session stop)" ends it

--device, --simulator and --fd say what it holds. On the simulator it holds the whole world: \`evtchn --as 1 ...\`
acts as domain 1.`;
