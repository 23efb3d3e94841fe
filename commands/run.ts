/**
 * `evtchn run FILE|-`, `evtchn run -e STATEMENTS`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../lib/errors.ts";
import { jsonLine } from "../lib/render/json.ts";
import { oneLine } from "../lib/render/line.ts";
import { openCarrier } from "../lib/script/environments.ts";
import type { Context } from "../lib/cli/context.ts";
import { Status } from "../lib/cli/failure.ts";
import { signalStatus } from "../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { readInput } from "../lib/cli/input.ts";
import { verb } from "../lib/cli/verb.ts";
import type { Carrier } from "../lib/script/environment.ts";
import type { Script } from "../lib/script/syntax.ts";

type Flags = CommonFlags & { readonly execute?: readonly string[]; readonly keepGoing?: boolean };

/** What stands before a script's name in messages. */
const PREFIX = "evtchn: run";

/** The most faults of a script that are told. */
const FAULTS_TOLD = 10;

/** Runs statements on handles that live as long as the script. */
export const command = (brief: string) =>
  buildCommand<Flags, [string?], Context>({
    docs: {
      brief,
      fullDescription: "Runs statements, [@HANDLE] [NAME =] VERB ARGS, one a line or split by `;`, on handles that " +
        "live until the script ends. On the simulator it runs on a clock of its own: nothing waits.",
      customUsage: ["FILE", "-", "-e STATEMENTS"],
    },
    parameters: {
      flags: {
        execute: {
          kind: "parsed",
          parse: (text: string) => text,
          optional: true,
          variadic: true,
          placeholder: "STATEMENTS",
          brief: "Run these, in place of a file; may be repeated",
        },
        keepGoing: {
          kind: "boolean",
          withNegated: false,
          optional: true,
          brief: "Go on after a statement that failed",
        },
        ...COMMON_FLAGS,
      },
      aliases: { ...COMMON_ALIASES, e: "execute", k: "keepGoing" },
      positional: {
        kind: "tuple",
        parameters: [{
          parse: (text: string) => text,
          placeholder: "FILE",
          brief: "The script; - is standard input",
          optional: true,
        }],
      },
    },
    func: verb(async (context, flags, file?: string) => {
      const [{ parseScript }, { grammarFor }] = await Promise.all([
        import("../lib/script/syntax.ts"),
        import("../lib/script/verbs.ts"),
      ]);
      // Signals are caught before anything is opened, and end the reading of a script that does not end.
      const { value, signal } = await context.untilSignal(async (abort) => {
        const script = await readScript(context, flags, file, abort);
        if (script === undefined) return Status.OK;
        const carrier = await openCarrier(context, flags);
        const parsed = parseScript(script.text, await grammarFor(carrier, script.text));
        if (parsed.faults.length > 0) return tellFaults(context, flags, script.name, parsed);
        return await runScript(context, flags, script.name, parsed, carrier, abort);
      });
      return signal ? signalStatus(signal) : value;
    }),
  });

async function readScript(context: Context, flags: Flags, file: string | undefined, abort: AbortSignal) {
  const { execute } = flags;
  if (execute !== undefined && file !== undefined) throw new UsageError("Cannot run a file and -e together");
  if (execute !== undefined) return { name: "-e", text: execute.join("\n") };
  if (file === undefined) throw new UsageError("FILE is missing", "- is standard input, and -e gives statements");
  return await readInput(context, file, abort);
}

/** Tells what is wrong with a script, before any of it runs. */
function tellFaults({ host }: Context, flags: Flags, name: string, { faults }: Script): number {
  for (const { line, text, error } of faults.slice(0, FAULTS_TOLD)) {
    const message = `${name}:${line}: ${text}: ${error.message}`;
    const { hint } = error;
    host.stderr.writeSync(
      flags.json
        ? jsonLine({ op: "run", error: "usage", message, hint, line })
        : `${oneLine(`${PREFIX}: ${message}`)}\n${hint === undefined ? "" : `hint: ${oneLine(hint)}\n`}`,
    );
  }
  const more = faults.length - FAULTS_TOLD;
  if (more > 0 && !flags.json) host.stderr.writeSync(`${oneLine(`${PREFIX}: ${name}: and ${more} more`)}\n`);
  return Status.USAGE;
}

async function runScript(
  { host }: Context,
  flags: Flags,
  name: string,
  { statements }: Script,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<number> {
  const [{ Interpreter }, { ScriptOutput }] = await Promise.all([
    import("../lib/script/interpreter.ts"),
    import("../lib/script/output.ts"),
  ]);
  const streams = {
    write: (text: string) => host.stdout.write(text),
    tell: (text: string) => host.stderr.writeSync(text),
  };
  const output = new ScriptOutput(streams, flags.json === true);
  const { keepGoing } = flags;
  const interpreter = new Interpreter({
    carrier,
    output,
    where: ({ line, text }) => `${PREFIX}: ${name}:${line}: ${text}`,
    keepGoing,
  });
  try {
    return await interpreter.run(statements, signal) > 0 ? Status.REFUSED : Status.OK;
  } finally {
    await interpreter.close();
  }
}
