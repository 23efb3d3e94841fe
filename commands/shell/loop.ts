/**
 * The loop behind `evtchn shell`: read a line, run its statements, show what arrives meanwhile.
 *
 * @module
 */

import { channelName } from "../../lib/channel.ts";
import { UsageError } from "../../lib/errors.ts";
import type { Palette } from "../../lib/render/human.ts";
import type { Carrier } from "../../lib/script/environment.ts";
import { complete } from "../../lib/script/complete.ts";
import { Interpreter } from "../../lib/script/interpreter.ts";
import { splitStatements } from "../../lib/script/lexer.ts";
import { ScriptOutput } from "../../lib/script/output.ts";
import { parseStatement } from "../../lib/script/syntax.ts";
import { grammarFor, grammarOf } from "../../lib/script/verbs.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import type { Context } from "../../lib/cli/context.ts";
import { reportFailure } from "../../lib/cli/failure.ts";
import { Followers } from "./followers.ts";
import type { Prompt } from "../../lib/host/host.ts";
import type { CommonFlags } from "../../lib/cli/options.ts";

/** What the prompt understands besides statements. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  "help [VERB]": "What there is, or how a verb is written",
  "watch on|off": "Whether events appear above the prompt as they arrive",
  "exit": "Leave and close everything, as ^D does",
};

/** One prompt's session. */
export class Shell {
  readonly #context: Context;
  readonly #flags: CommonFlags;
  readonly #carrier: Carrier;
  readonly #grammar: ReturnType<typeof grammarOf>;
  readonly #interpreter: Interpreter;
  readonly #followers: Followers;
  readonly #handles = new Set<SharedHandle>();
  #prompt!: Prompt;
  #statement = new AbortController();

  constructor(context: Context, flags: CommonFlags, carrier: Carrier, palette: Palette) {
    this.#context = context;
    this.#flags = flags;
    this.#carrier = carrier;
    this.#grammar = grammarOf(carrier);
    this.#followers = new Followers(context.clock, palette, flags.json === true, (text) => this.#prompt.above(text));
    this.#interpreter = new Interpreter({
      carrier: {
        ...carrier,
        get ownDomain() {
          return carrier.ownDomain; // it may be found out later
        },
        open: (at) => this.#opened(carrier.open(at)),
      },
      output: new ScriptOutput(
        { write: (text) => this.#prompt.above(text), tell: (text) => context.host.stderr.writeSync(text) },
        flags.json === true,
      ),
      where: ({ op }) => `evtchn: ${op}`,
      keepGoing: true,
    });
  }

  /** Reads and runs lines until the end of the input, `exit`, or the signal. */
  async run(signal: AbortSignal): Promise<void> {
    this.#prompt = await this.#context.host.openPrompt({
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
      for (let line = await this.#next(signal); line !== undefined; line = await this.#next(signal)) {
        if (line.trim() === "exit") break;
        await this.#line(line.trim());
      }
    } finally {
      this.#prompt.close();
      await this.#followers.close();
      await this.#interpreter.close();
    }
  }

  #next(signal: AbortSignal): Promise<string | undefined> {
    return signal.aborted ? Promise.resolve(undefined) : this.#prompt.read();
  }

  async #line(line: string): Promise<void> {
    this.#statement = new AbortController();
    try {
      const [, help] = /^help(?:\s+(\S+))?$/.exec(line) ?? [];
      if (/^help\b/.test(line)) this.#prompt.above(this.#help(help));
      else if (line === "watch on" || line === "watch off") await this.#followers.show(line === "watch on");
      else await this.#statements(line);
    } catch (error) {
      reportFailure(this.#context.host, "", this.#flags.json === true, error);
    }
  }

  async #statements(line: string): Promise<void> {
    const grammar = await grammarFor(this.#carrier, line);
    for (const raw of splitStatements(line)) {
      const statement = parseStatement(raw, grammar, new Set(this.#interpreter.names));
      const run = () => this.#interpreter.run([statement], this.#statement.signal);
      await (statement.op === "ping" ? this.#followers.aside(async () => void await run()) : run());
      if (this.#statement.signal.aborted) return;
    }
  }

  #opened(handle: SharedHandle | Promise<SharedHandle>): SharedHandle | Promise<SharedHandle> {
    if (handle instanceof Promise) return handle.then((each) => this.#follow(each));
    return this.#follow(handle);
  }

  #follow(handle: SharedHandle): SharedHandle {
    this.#handles.add(handle);
    this.#followers.add(handle);
    return handle;
  }

  #known() {
    const bindings = [...this.#handles].flatMap((handle) => [...handle.bindings]);
    return {
      verbs: [...this.#grammar.verbs.keys(), "help", "exit"],
      names: this.#interpreter.names,
      channels: bindings.flatMap(([port, channel]) => [String(port), channelName(channel)]),
    };
  }

  #help(name: string | undefined): string {
    if (name !== undefined) {
      const about = this.#grammar.verbs.get(name);
      if (about === undefined) throw new UsageError(`There is no verb "${name}"`, "`help` lists them");
      return `${about.usage}\n  ${about.brief}\n`;
    }
    const verbs = [...this.#grammar.verbs].map(([each, { brief }]) => [each, brief] as const);
    const rows = [...verbs, ...Object.entries(OWN_WORDS)];
    return rows.map(([each, brief]) => `${each.padEnd(18)}${brief}\n`).join("");
  }
}
