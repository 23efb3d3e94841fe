import { command } from "../lib/cli/command_act.ts";
import { Status } from "../lib/cli/failure.ts";
import { statementVerbs } from "../lib/cli/usage.ts";
import { flag, optional, values, word } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { openEnvironment } from "../lib/script/open_environment.ts";
import { readScript, runScript } from "../lib/script/run_script.ts";
import { VERBS } from "./mod.ts";

const HELP = `Runs statements on handles that live until the script ends. A statement is [@HANDLE] [NAME =] VERB ARGS; \
statements end at a line end or \`;\`. $NAME is the port, or the ports, that the statement called NAME got. @1 acts as \
domain 1, @1/b on a second handle of it. On the simulator a script has a clock of its own and never waits in real time. Exit \
status 1 if a statement failed; 3 if all that failed had found something wrong, as \`wiring\` does.

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
  records: [],
  needs: ["files", "sockets"],
  async run(act, { execute, keepGoing }, [file]) {
    const { host, signal } = act;
    const input = execute === undefined ? await act.read(file!) : { name: "-e", text: execute.join("\n") };
    if (input === undefined) return;
    const environment = await openEnvironment(act, false);
    const script = await readScript(act, input, VERBS, environment);
    if (script === undefined) return { status: Status.USAGE };
    const streams = { write: (text: string) => act.write(text), tell: (text: string) => host.stderr.writeSync(text) };
    const status = await runScript(act, script, environment, { streams, keepGoing, signal });
    if (!signal.aborted) return { status };
  },
});
