/** The loop behind `evtchn shell`: reads a line, runs its statements, shows events as they arrive. @module */

import type { CommandAct } from "../../lib/cli/command_act.ts";
import { reportFailure, Status } from "../../lib/cli/failure.ts";
import { promptHelp, verbHelp, WIDEST } from "../../lib/cli/help.ts";
import { statementVerbs } from "../../lib/cli/usage.ts";
import type { Table } from "../../lib/cli/verb.ts";
import { channelName } from "../../lib/channel.ts";
import { unlessRefused, UsageError } from "../../lib/errors.ts";
import { type Prompt, signalStatus } from "../../lib/host/host.ts";
import type { Palette } from "../../lib/render/human.ts";
import { complete } from "../../lib/script/complete.ts";
import type { Environment } from "../../lib/script/environment.ts";
import { OWN } from "../../lib/script/handle_name.ts";
import { Interpreter } from "../../lib/script/interpreter.ts";
import { splitStatements } from "../../lib/script/lexer.ts";
import { ScriptOutput } from "../../lib/script/output.ts";
import { load, parseScript } from "../../lib/script/syntax.ts";
import { Followers } from "./followers.ts";

/** What the prompt takes besides statements. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  "help [VERB]": "List the verbs, or show how one is written",
  "watch on|off": "Show events above the prompt as they arrive, or not",
  "exit, quit": "Leave and close everything, as ^D does",
};

/** Verbs whose own events are not to appear above the prompt too: a watch prints them, a ping answers them. */
const SHOWS_EVENTS = ["ping", "watch"];

/** How long Tab waits for xenstore, milliseconds. */
const TAB = 500;

export class Shell {
  readonly #act: CommandAct;
  readonly #environment: Environment;
  readonly #table: Table;
  readonly #interpreter: Interpreter;
  readonly #followers: Followers;
  readonly #palette: Palette;
  #prompt!: Prompt;
  #statement = new AbortController();
  #quit = false;
  /** What the statements came to so far. */
  #status: number = Status.OK;

  constructor(act: CommandAct, environment: Environment, table: Table, palette: Palette) {
    const { host, json } = act;
    this.#act = act;
    this.#table = table;
    this.#palette = palette;
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
    const streams = {
      write: (text: string) => this.#prompt.above(text),
      tell: (text: string) => host.stderr.writeSync(text),
    };
    const output = new ScriptOutput(streams, json);
    this.#interpreter = new Interpreter({
      environment: this.#environment,
      host,
      output,
      where: ({ op }) => `evtchn: ${op}`,
      keepGoing: true,
      width: () => act.width,
      ascii: host.stdout.ascii,
      named: (name, ports) => {
        if (this.#prompt.terminal && !json) output.put(`${name} = ${ports.join(" ") || "no port"}\n`);
      },
    });
  }

  /**
   * Reads and runs lines until the end of the input, `exit`, ^\ or the signal.
   *
   * @returns The exit status: without a terminal, that of a script with the same statements and `--keep-going`.
   */
  async run(signal: AbortSignal): Promise<number> {
    this.#prompt = await this.#act.host.openPrompt({
      text: "evtchn> ",
      complete: (line) => complete(line, this.#known()),
      interrupted: () => this.#statement.abort(),
      quit: () => {
        this.#quit = true;
        this.#statement.abort();
        this.#prompt.close();
      },
      unkept: (reason) => this.#act.say(`shell: lines are not kept for later: ${reason}`),
    });
    signal.addEventListener("abort", () => {
      this.#statement.abort();
      this.#prompt.close();
    }, { once: true });
    try {
      if (this.#prompt.terminal) this.#prompt.above("`help` lists the statements, ^D leaves\n");
      if (this.#act.place !== "new") await this.#follow();
      while (!signal.aborted && !this.#quit) {
        const line = (await this.#prompt.read())?.trim();
        if (line === undefined || line === "exit" || line === "quit") break;
        await this.#line(line);
      }
    } finally {
      this.#prompt.close();
      await this.#followers.close();
      await this.#interpreter.close();
    }
    if (this.#quit) return signalStatus("SIGQUIT");
    return this.#prompt.terminal ? Status.OK : this.#status;
  }

  /** Shows the events of ports that were bound before this prompt, by others. */
  async #follow(): Promise<void> {
    try {
      await this.#interpreter.handle(OWN);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#status = Status.REFUSED;
    reportFailure(this.#act.host, "", this.#act.json, error);
  }

  async #line(line: string): Promise<void> {
    this.#statement = new AbortController();
    try {
      const help = /^help\b(?:\s+(\S+))?/.exec(line);
      if (help) this.#prompt.above(await this.#help(help[1]));
      else if (line === "watch on" || line === "watch off") await this.#followers.show(line === "watch on");
      else await this.#statements(line);
    } catch (error) {
      this.#report(error);
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
      words: ["help", "exit", "quit"],
      names: this.#interpreter.names,
      ports: bindings.map(([port]) => String(port)),
      channels: bindings.map(([, channel]) => channelName(channel)),
      domains: () => this.#domains(),
    };
  }

  /** The domains that xenstore names in time; none if it cannot be asked. */
  async #domains(): Promise<readonly string[]> {
    const answered = new AbortController();
    const late = this.#act.host.clock.sleep(TAB, answered.signal).then(() => []);
    const asked = unlessRefused(async () => {
      const { wordsForDomains } = await import("../../lib/inspect/find_domains.ts");
      return await wordsForDomains(await this.#interpreter.view(OWN));
    });
    try {
      return await Promise.race([asked, late]) ?? [];
    } finally {
      answered.abort();
    }
  }

  async #help(name: string | undefined): Promise<string> {
    const layout = { width: Math.min(WIDEST, this.#act.width ?? WIDEST), palette: this.#palette };
    if (name === undefined) return promptHelp(this.#table, OWN_WORDS, layout);
    const entry = statementVerbs(this.#table).includes(name) ? this.#table.get(name) : undefined;
    if (entry === undefined) throw new UsageError(`There is no verb "${name}"`, "`help` lists them");
    return verbHelp(entry, await load(entry), layout, "prompt");
  }
}
