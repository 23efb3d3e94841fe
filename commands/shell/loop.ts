/** The loop behind `evtchn shell`: reads a line, runs its statements, shows events as they arrive. @module */

import type { CommandAct } from "../../lib/cli/command_act.ts";
import { reportFailure, Status } from "../../lib/cli/failure.ts";
import { statementUsage } from "../../lib/cli/usage.ts";
import type { Table } from "../../lib/cli/verb.ts";
import { channelName } from "../../lib/channel.ts";
import { UsageError } from "../../lib/errors.ts";
import type { Prompt } from "../../lib/host/host.ts";
import type { Palette } from "../../lib/render/human.ts";
import { complete } from "../../lib/script/complete.ts";
import type { Environment } from "../../lib/script/environment.ts";
import { Interpreter } from "../../lib/script/interpreter.ts";
import { splitStatements } from "../../lib/script/lexer.ts";
import { ScriptOutput } from "../../lib/script/output.ts";
import { load, parseScript, statementVerbs } from "../../lib/script/syntax.ts";
import { Followers } from "./followers.ts";

/** What the prompt takes besides statements. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  "help [VERB]": "List the verbs, or show how one is written",
  "watch on|off": "Show events above the prompt as they arrive, or not",
  "exit": "Leave and close everything, as ^D does",
};

/** Verbs whose own events are not to appear above the prompt too: a watch prints them, a ping answers them. */
const SHOWS_EVENTS = ["ping", "watch"];

export class Shell {
  readonly #act: CommandAct;
  readonly #environment: Environment;
  readonly #table: Table;
  readonly #interpreter: Interpreter;
  readonly #followers: Followers;
  #prompt!: Prompt;
  #statement = new AbortController();
  /** What the statements came to so far. */
  #status: number = Status.OK;

  constructor(act: CommandAct, environment: Environment, table: Table, palette: Palette) {
    const { host, json } = act;
    this.#act = act;
    this.#table = table;
    this.#followers = new Followers(
      act.clock,
      palette,
      json,
      () => this.#interpreter.namesDomains,
      (text) => this.#prompt.above(text),
    );
    this.#environment = {
      ...environment,
      get ownDomain() {
        return environment.ownDomain; // it is learned later
      },
      open: async (at) => {
        const handle = await environment.open(at);
        this.#followers.add(handle);
        return handle;
      },
    };
    this.#interpreter = new Interpreter({
      environment: this.#environment,
      host,
      output: new ScriptOutput(
        { write: (text) => this.#prompt.above(text), tell: (text) => host.stderr.writeSync(text) },
        json,
      ),
      where: ({ op }) => `evtchn: ${op}`,
      keepGoing: true,
    });
  }

  /**
   * Reads and runs lines until the end of the input, `exit`, or the signal.
   *
   * @returns The exit status: without a terminal, that of a script with the same statements and `--keep-going`.
   */
  async run(signal: AbortSignal): Promise<number> {
    this.#prompt = await this.#act.host.openPrompt({
      text: "evtchn> ",
      complete: (line) => complete(line, this.#known()),
      interrupted: () => this.#statement.abort(),
    });
    signal.addEventListener("abort", () => {
      this.#statement.abort();
      this.#prompt.close();
    }, { once: true });
    try {
      if (this.#prompt.terminal) this.#prompt.above("Statements as in `evtchn run`; `help` lists them, ^D leaves\n");
      while (!signal.aborted) {
        const line = (await this.#prompt.read())?.trim();
        if (line === undefined || line === "exit") break;
        await this.#line(line);
      }
      return this.#prompt.terminal ? Status.OK : this.#status;
    } finally {
      this.#prompt.close();
      await this.#followers.close();
      await this.#interpreter.close();
    }
  }

  async #line(line: string): Promise<void> {
    this.#statement = new AbortController();
    try {
      const help = /^help\b(?:\s+(\S+))?/.exec(line);
      if (help) this.#prompt.above(await this.#help(help[1]));
      else if (line === "watch on" || line === "watch off") await this.#followers.show(line === "watch on");
      else await this.#statements(line);
    } catch (error) {
      reportFailure(this.#act.host, "", this.#act.json, error);
      this.#status = Status.REFUSED;
    }
  }

  async #statements(line: string): Promise<void> {
    const grammar = { table: this.#table, environment: this.#environment };
    for (const { text } of splitStatements(line)) {
      const { statements: [statement], faults: [fault] } = await parseScript(text, grammar, this.#interpreter.names);
      if (fault !== undefined) throw fault.error;
      const run = async () => {
        const status = await this.#interpreter.run([statement], this.#statement.signal);
        if (this.#status !== Status.REFUSED) this.#status = status;
      };
      await (SHOWS_EVENTS.includes(statement.op) ? this.#followers.aside(run) : run());
      if (this.#statement.signal.aborted) return;
    }
  }

  #known() {
    const bindings = [...this.#followers.handles].flatMap((handle) => [...handle.bindings]);
    return {
      table: this.#table,
      words: ["help", "exit"],
      names: this.#interpreter.names,
      ports: bindings.map(([port]) => String(port)),
      channels: bindings.map(([, channel]) => channelName(channel)),
    };
  }

  async #help(name: string | undefined): Promise<string> {
    const names = statementVerbs(this.#table);
    if (name !== undefined) {
      const entry = names.includes(name) ? this.#table.get(name) : undefined;
      if (entry === undefined) throw new UsageError(`There is no verb "${name}"`, "`help` lists them");
      return `${statementUsage(name, await load(entry))}\n  ${entry.brief}\n`;
    }
    const verbs = names.map((each) => [each, this.#table.get(each)!.brief]);
    return [...verbs, ...Object.entries(OWN_WORDS)].map(([each, brief]) => `${each.padEnd(18)}${brief}\n`).join("");
  }
}
