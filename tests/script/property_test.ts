import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CHARACTER } from "../support/characters.ts";
import { test } from "../support/test.ts";
import { script } from "../support/scripts.ts";

/** Valid and invalid words of scripts. */
const WORDS = [
  ..."bind-virq bind-interdomain alloc-unbound bind-static unbind notify unmask watch reset restrict read poll status"
    .split(" "),
  ..."virqs open close sleep expect print raise create destroy within".split(" "),
  ..."0 1 7 9 27 28 self 0:27 1:9 5:any virq:tbuf tbuf dom_exc timer argo 4294967296 0x1b -1 1e3".split(" "),
  ..."1ms 5m 0s -n --count --interval --timeout --idle-timeout --no-unmask --unmask --events all -q -t -F %p -x".split(
    " ",
  ),
  ..."-- - --__proto__ --constructor=1 --no-n -n1 --timeout=1s --count=2 __proto__ constructor toString".split(" "),
  ..."@1 @1/b @/b @9 @self @ @x = p q $p $q ${p} ${ $ $$ ' \" # ; \\ \u0000 \u00a0 \ud800".split(" "),
];

const OPENINGS = [
  "",
  "p = alloc-unbound 1; @1 q = bind-interdomain 0 $p; @1 notify $q\n",
  "p = alloc-unbound self; @/b q = bind-interdomain self $p; r = bind-virq tbuf\n",
];

const statement = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));

/** A text of statements, of characters, or of both. */
const text = fc.oneof(
  fc.array(statement, { maxLength: 12 }).map((statements) => statements.join("\n")),
  fc.string({ unit: CHARACTER, maxLength: 60 }),
  fc.tuple(statement, fc.string({ maxLength: 20 }), statement).map((parts) => parts.join("")),
);

/** A well-formed script. */
const sound = fc.array(
  fc.tuple(
    fc.constantFrom("", "@1 ", "@1/b ", "@/b ", "@9 "),
    fc.constantFrom(
      ..."bind-virq tbuf|bind-virq argo|alloc-unbound 0|alloc-unbound 1|bind-interdomain 0 $p|bind-interdomain 0:27"
        .split("|"),
      ..."unbind $p|unbind $q|unbind 28|notify $q|notify $p $q|notify $q --count 3 --interval 1ms|notify 0:27|unmask $p"
        .split("|"),
      ..."watch|watch -n 2 --timeout 5m|watch --idle-timeout 1s virq:tbuf|watch -q --no-unmask|reset|reset --unmask"
        .split("|"),
      ..."restrict 1|read|read 4|poll|poll --timeout 5m|status|open|close|sleep 1m|expect $p within 1s|raise tbuf"
        .split("|"),
      ..."expect virq:tbuf 2 within 1ms|raise argo|create 9|create 1|destroy 1|destroy 9|print $p|virqs".split("|"),
    ),
  ).map((parts) => parts.join("")),
  { maxLength: 30 },
).map((statements) => "p = alloc-unbound 1; @1 q = bind-interdomain 0 $p\n" + statements.join("\n"));

test("no script gives a stack trace, a hang or an unknown exit status", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPENINGS), text, fc.boolean(), async (opening, text, json) => {
      const { status, stdout, stderr } = await script(opening + text, "-k", ...(json ? ["--json"] : []));
      assert([0, 1, 2].includes(status), String(status));
      assert(!/^\s+at |TypeError|RangeError/m.test(stdout + stderr), stderr);
      if (status === 2) assertEquals(stdout, "");
    }),
    { numRuns: 600 },
  );
});

test("a well-formed script gives a result for each statement but a watch without events, the same each time", async () => {
  await fc.assert(
    fc.asyncProperty(sound, async (text) => {
      const first = await script(text, "-k", "--json");
      const results = first.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
      const given = new Set(results.map(({ line }) => line));
      const silent = text.split("\n").flatMap((line, i) => line === "" || given.has(i + 1) ? [] : [line]);
      assertEquals([silent.filter((line) => !/\bwatch\b/.test(line)), first.stderr], [[], ""]);
      const ascending = results.map(({ line }) => line);
      assertEquals(ascending, ascending.toSorted((a, b) => a - b));
      assertEquals(first.status, results.some((result) => "error" in result) ? 1 : 0);
      assertEquals(await script(text, "-k", "--json"), first);
    }),
    { numRuns: 300 },
  );
});
