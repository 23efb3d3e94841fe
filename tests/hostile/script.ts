/** Scripts and what is typed at a prompt: every statement with its options, changed and damaged. @module */

import fc from "fast-check";
import { bytesOf, damaged } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { runHostile } from "./machine.ts";
import { asks, assertWellEnded } from "./property.ts";
import { STATEMENT } from "./verbs.ts";
import { anything, change, changed, SIMULATIONS } from "./words.ts";

/** Statements that are sound where the world is as they suppose. */
const STATEMENTS = [
  "p = alloc-unbound 1",
  "@1 q = bind-interdomain 0 $p",
  "@1/b r = bind-virq timer",
  "notify $p --count 3 --interval 1ms",
  "notify 5:any --count 4294967295",
  "watch $p -n 2 --timeout 1s -F %p",
  "watch --idle-timeout 24m",
  "expect $p 2 within 1s",
  "unbind $p",
  'print "${p} $p" $$',
  "read 4096",
  "poll --timeout 35791m --events all",
  "restrict 1",
  "reset --unmask",
  "status",
  "sleep 35791m",
  "raise tbuf",
  "create 9",
  "destroy 1",
  "ping --count 4294967295 --interval 0s",
  "ping -n 3 --timeout 1ms $p",
  "device vif 1 --fault unbound",
  "store-write /local/domain/1/name x",
  "list 0 1",
  "wiring 1",
  "why 0:27",
  "open",
  "close",
  "@/b open",
  "virqs",
];

/** How a statement may begin: who acts, and its name. */
const beginning = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  fc.constantFrom(["@1"], ["@1/b"], ["@/b"], ["@5"], ["p", "="], ["@1", "q", "="], ["x=y"], ["@"], ["="]),
);

const quoted = (word: string) => /[\s;'"]/.test(word) && !word.includes("'") ? `'${word}'` : word;

const sound = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(beginning, STATEMENT).map(([first, rest]) => [...first, ...rest.map(quoted)]) },
  { weight: 1, arbitrary: fc.constantFrom(...STATEMENTS).map((each) => each.split(" ")) },
);

/** Mostly sound: a script with one word that is wrong is not begun. */
const statement = fc.oneof(
  { weight: 25, arbitrary: sound.map((words) => words.join(" ")) },
  {
    weight: 1,
    arbitrary: fc.tuple(sound, fc.array(change, { maxLength: 2 })).map((each) => changed(...each).join(" ")),
  },
);

const statements = fc.array(fc.oneof({ weight: 40, arbitrary: statement }, { weight: 1, arbitrary: anything }), {
  maxLength: 8,
});

/** What the sound statements name. */
const NAMES = ["p = alloc-unbound 1", "q = alloc-unbound self"];

const named = fc.tuple(fc.constantFrom(NAMES, NAMES, []), statements).map((all) => all.flat());

const text = fc.tuple(named, fc.constantFrom("\n", ";", "\r\n", " ; ", "\n\n")).map(([all, end]) => all.join(end));

const script = fc.oneof({ weight: 4, arbitrary: damaged(text, 0) }, { weight: 1, arbitrary: damaged(text) });

const flags = fc.subarray(["--json", "-k", "--trace"]);

const where = fc.oneof(
  { weight: 25, arbitrary: fc.constantFrom(["--simulator"], ["--simulator"], ["--device=sim:illumos"]) },
  fc.constantFrom(...SIMULATIONS).map((spec) => [`--device=${spec}`]),
  fc.constantFrom([], ["--fd=3"], ["--as=1", "--simulator"]),
);

interface Script {
  /** The script's bytes, as characters; undefined: it is typed. */
  readonly script?: string;
  readonly typed?: readonly string[];
  readonly flags: readonly string[];
  readonly where: readonly string[];
  readonly patience: number;
}

export const SCRIPTS: Kind<Script> = {
  name: "scripts",
  input: fc.oneof(
    { weight: 4, arbitrary: fc.record({ script, flags, where, patience: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ typed: statements, flags, where, patience: fc.constant(5) }) },
  ),
  async check({ script, typed, flags, where, patience }) {
    const command = script === undefined ? ["shell"] : ["run", "-"];
    const words = [...command, ...flags.filter((flag) => script !== undefined || flag !== "-k"), ...where];
    const given = { input: script === undefined ? undefined : bytesOf(script), typed, patience };
    const outcome = await runHostile(words, given);
    assertWellEnded(outcome, asks(words, given));
    return outcome.status !== 2;
  },
};
