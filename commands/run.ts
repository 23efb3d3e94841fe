import { command, type CommandAct } from "../lib/cli/command_act.ts";
import { Status } from "../lib/cli/failure.ts";
import { statementVerbs } from "../lib/cli/usage.ts";
import { flag, optional, values, word } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { jsonLine } from "../lib/render/json.ts";
import { oneLine } from "../lib/render/line.ts";
import { Interpreter } from "../lib/script/interpreter.ts";
import { openEnvironment } from "../lib/script/open_environment.ts";
import { ScriptOutput } from "../lib/script/output.ts";
import { parseScript, type Script } from "../lib/script/syntax.ts";
import { VERBS } from "./mod.ts";

const PREFIX = "evtchn: run";

const HELP = `Runs statements on handles that live until the script ends. A statement is [@HANDLE] [NAME =] VERB ARGS; \
statements end at a line end or \`;\`. $NAME is the port, or the ports, that the statement called NAME got. @1 acts as \
domain 1, @1/b on a second handle of it. On the simulator a script has a clock of its own and never waits in real time.

The verbs are these; \`evtchn help VERB\` says more of one:`;

/** The verbs as rows of a table. */
function verbList(): string {
  return statementVerbs(VERBS).map((name) => `  ${name}  ${VERBS.get(name)!.brief}`).join("\n");
}

/** `run FILE`, `run -`, `run -e STATEMENTS` */
export default command({
  get help() {
    return `${HELP}\n\n${verbList()}`;
  },
  usage: ["FILE", "-", "-e STATEMENTS"],
  examples: ["run probe.evtchn", "run --simulator -e 'p = bind-virq tbuf; raise tbuf; watch -n 1 $p'"],
  options: {
    execute: values((text) => text, "STATEMENTS", "Run these instead of a file; may be repeated", "e"),
    keepGoing: flag("Go on after a statement that failed", "k"),
  },
  arguments: [optional(word("FILE", "The script; - is standard input"))],
  check({ execute }, [file]) {
    if (execute !== undefined && file !== undefined) throw new UsageError("Cannot run a file and -e together");
    if (execute !== undefined || file !== undefined) return;
    throw new UsageError("FILE is missing", "- is standard input, and -e gives statements");
  },
  async run(act, { execute, keepGoing }, [file]) {
    const { host, json, signal } = act;
    const script = execute === undefined ? await act.read(file!) : { name: "-e", text: execute.join("\n") };
    if (script === undefined) return;
    const environment = await openEnvironment(act, false);
    const parsed = await parseScript(script.text, { table: VERBS, environment });
    if (parsed.faultCount > 0) return { status: tellFaults(act, script.name, parsed) };
    const streams = { write: (text: string) => act.write(text), tell: (text: string) => host.stderr.writeSync(text) };
    const where = ({ line, text }: { line: number; text: string }) => `${PREFIX}: ${script.name}:${line}: ${text}`;
    const output = new ScriptOutput(streams, json);
    const interpreter = new Interpreter({ environment, host, output, where, keepGoing, width: () => act.width });
    try {
      const failures = await interpreter.run(parsed.statements, signal);
      if (failures > 0 && !signal.aborted) return { status: Status.REFUSED };
    } finally {
      await interpreter.close();
    }
  },
});

function tellFaults({ host, json }: CommandAct, name: string, { faults, faultCount }: Script): number {
  for (const { line, text, error } of faults) {
    const message = `${name}:${line}: ${text}: ${error.message}`;
    const { hint } = error;
    host.stderr.writeSync(
      json
        ? jsonLine({ op: "run", error: "usage", message, hint, line })
        : `${oneLine(`${PREFIX}: ${message}`)}\n${hint === undefined ? "" : `hint: ${oneLine(hint)}\n`}`,
    );
  }
  const more = faultCount - faults.length;
  if (more > 0 && !json) host.stderr.writeSync(`${oneLine(`${PREFIX}: ${name}: and ${more} more`)}\n`);
  return Status.USAGE;
}
