/** Reads and runs a whole script for a command, and prints what is wrong with it. @module */

import type { CommandAct } from "../cli/command_act.ts";
import type { Input } from "../cli/input.ts";
import type { Table } from "../cli/verb.ts";
import { jsonLine } from "../render/json.ts";
import { errorLines, oneLine } from "../render/line.ts";
import type { Environment } from "./environment.ts";
import { Interpreter } from "./interpreter.ts";
import { ScriptOutput, type ScriptStreams } from "./output.ts";
import { parseScript, type Script, type Statement } from "./syntax.ts";

/** A script that may run. */
export interface ReadScript {
  /** The file's name in messages. */
  readonly name: string;
  readonly statements: readonly Statement[];
}

/** Returns undefined if the script must not run: what is wrong with it has been printed. */
export async function readScript(
  act: Pick<CommandAct, "op" | "json" | "host">,
  { name, text }: Input,
  table: Table,
  environment: Environment,
): Promise<ReadScript | undefined> {
  const script = await parseScript(text, { table, environment });
  if (script.faultCount === 0) return { name, statements: script.statements };
  tellFaults(act, name, script);
}

function tellFaults(
  { op, host, json }: Pick<CommandAct, "op" | "json" | "host">,
  name: string,
  { faults, faultCount }: Script,
): void {
  for (const { line, text, error } of faults) {
    const message = `${name}:${line}: ${text}: ${error.message}`;
    const { hint } = error;
    host.stderr.writeSync(
      json ? jsonLine({ op, error: "usage", message, hint, line }) : errorLines(`evtchn: ${op}: ${message}`, hint),
    );
  }
  const more = faultCount - faults.length;
  if (more > 0 && !json) host.stderr.writeSync(`${oneLine(`evtchn: ${op}: ${name}: and ${more} more`)}\n`);
}

interface RunOptions {
  readonly streams: ScriptStreams;
  readonly keepGoing?: boolean;
  readonly signal: AbortSignal;
}

/** Returns the exit status, as `Interpreter.run` does. */
export async function runScript(
  { op, json, host }: Pick<CommandAct, "op" | "json" | "host">,
  { name, statements }: ReadScript,
  environment: Environment,
  { streams, keepGoing, signal }: RunOptions,
): Promise<number> {
  const where = ({ line, text }: { line: number; text: string }) => `evtchn: ${op}: ${name}:${line}: ${text}`;
  const output = new ScriptOutput(streams, json);
  const interpreter = new Interpreter({
    environment,
    host,
    output,
    where,
    keepGoing,
    width: () => host.stdout.columns,
  });
  try {
    return await interpreter.run(statements, signal);
  } finally {
    await interpreter.close();
  }
}
