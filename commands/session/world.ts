/** The script of `--world`, which makes a session's simulated host. @module */

import { chooseDevice } from "../../lib/cli/choice.ts";
import type { CommandAct } from "../../lib/cli/command_act.ts";
import { Status } from "../../lib/cli/failure.ts";
import { readInput } from "../../lib/cli/input.ts";
import { type Option, words } from "../../lib/cli/verb.ts";
import { UsageError } from "../../lib/errors.ts";
import { sessionEnvironment } from "../../lib/script/open_environment.ts";
import { type ReadScript, readScript, runScript } from "../../lib/script/run_script.ts";
import { VERBS } from "../mod.ts";

export const WORLD: { readonly world: Option<string | undefined> } = {
  world: {
    ...words("FILE", "Run this script in the session first: it makes the simulated host. It prints on stderr"),
    needs: "files",
  },
};

/** The script, or the exit status if it must not run: what is wrong with it has been printed. */
export type World = ReadScript | typeof Status.USAGE;

/**
 * Reads and checks the script before the session starts.
 *
 * @returns Undefined if the signal came first.
 * @throws {UsageError} It cannot be read, or the session would hold a real device.
 */
export async function readWorld(act: CommandAct, file: string, signal: AbortSignal): Promise<World | undefined> {
  const { host, flags } = act;
  if (chooseDevice(flags, host).kernel.kind !== "simulated") {
    throw new UsageError("Cannot use --world with a real device", "it makes a simulated host: add --simulator");
  }
  const input = await readInput(host, file, signal);
  if (input === undefined) return undefined;
  // There is no session yet: its own domain is not asked for.
  const environment = { ...sessionEnvironment(host.clock, { session: "" }), learnOwnDomain: undefined };
  return await readScript(act, input, VERBS, environment) ?? Status.USAGE;
}

/** Runs the script in the session. Its handles are the session's. Returns whether every statement succeeded. */
export async function makeWorld(
  act: CommandAct,
  script: ReadScript,
  session: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { host } = act;
  const tell = (text: string) => host.stderr.writeSync(text);
  const environment = sessionEnvironment(host.clock, { session });
  return await runScript(act, script, environment, { streams: { write: tell, tell }, signal }) === 0;
}
