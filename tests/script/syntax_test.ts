import { assertEquals } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import type { Entry } from "../../lib/cli/verb.ts";
import { systemClock } from "../../lib/clock.ts";
import { statementVerbs } from "../../lib/cli/usage.ts";
import { parseScript } from "../../lib/script/syntax.ts";
import { test } from "../support/test.ts";
import { failure, faults, lines, script } from "../support/scripts.ts";

test("all errors are found before anything runs, with their lines", async () => {
  const verbs = statementVerbs(VERBS);
  assertEquals([verbs.includes("bind-virq"), verbs.includes("expect"), verbs.includes("run")], [true, true, false]);
  assertEquals(await script("print a\nunbind x\n\nnotyfy 7; frobnicate\nsleep 5\n"), {
    status: 2,
    stdout: "",
    stderr: [
      'evtchn: run: -:2: unbind x: Cannot use "x" as a port: expected a number from 0 to 4294967295, decimal or 0x',
      "hint: it is written: unbind PORT...",
      'evtchn: run: -:4: notyfy 7: There is no verb "notyfy"',
      "hint: did you mean notify?",
      'evtchn: run: -:4: frobnicate: There is no verb "frobnicate"',
      `hint: the verbs are ${verbs.join(", ")}`,
      'evtchn: run: -:5: sleep 5: Cannot use "5" as a period: expected a whole number and a unit (us, ms, s, m), ' +
      "such as 250ms",
      "hint: it is written: sleep P",
      "",
    ].join("\n"),
  });
});

test("with --json each fault is an object on stderr", async () => {
  const { status, stdout, stderr } = await script("print a\nbogus", "--json");
  assertEquals([status, stdout], [2, ""]);
  const { hint, ...record } = JSON.parse(stderr);
  assertEquals(record, { op: "run", error: "usage", message: '-:2: bogus: There is no verb "bogus"', line: 2 });
  assertEquals(hint.startsWith("the verbs are "), true);
});

test("only the first faults of many are printed", async () => {
  const told = await faults("bogus\n".repeat(13));
  assertEquals([told.length, told.at(-1)], [11, " and 3 more"]);
});

test("no verb is suggested for a fault that is only counted", async () => {
  let searches = 0;
  class Table extends Map<string, Entry> {
    override values() {
      searches++;
      return super.values();
    }
  }
  const unused = () => Promise.reject(new Error("nothing is opened before a script runs"));
  const clock = systemClock();
  const environment = { clock, patientClock: clock, check: () => {}, open: unused, view: unused };
  const { faults, faultCount } = await parseScript("bogus\n".repeat(500), { table: new Table(VERBS), environment });
  assertEquals([faults.length, faultCount, searches], [10, 500, 10]);
});

test("missing, extra and invalid words are refused", async () => {
  const cases: Record<string, string> = {
    "bind-virq": "VIRQ is missing",
    "bind-virq tbuf 3": 'Cannot make sense of "3": there is a word too many',
    "bind-virq bogus": 'Cannot use "bogus" as a VIRQ: expected a number or a name',
    "bind-interdomain": "DOM is missing",
    "bind-interdomain 5": 'Cannot bind "5": expected DOM PORT or DOM:PORT',
    "bind-interdomain 5:12 7": 'Cannot make sense of "7": there is a word too many',
    "alloc-unbound 5 --hold 1s": "Cannot use --hold in a script: in a script a port is held until its handle is closed",
    "alloc-unbound 5 --help": 'There is no option "--help"',
    "bind-interdomain 5:any": 'Cannot bind "5:any": expected DOM PORT or DOM:PORT',
    "alloc-unbound 32752": 'Cannot use "32752" as a domain: expected 0 to 32751 (0x7FEF) or "self"',
    "unbind": "PORT is missing",
    "notify": "CHANNEL is missing",
    "notify 7 --count 0": 'Cannot use "0" as a count: expected a whole number from 1',
    "notify 7 --bogus": 'There is no option "--bogus"',
    "notify 7 -x": 'There is no option "-x"',
    "unmask": "PORT is missing",
    "reset 7": 'Cannot make sense of "7": there is a word too many',
    "reset --unmask=maybe": 'Cannot use "--unmask=maybe": --unmask takes no value',
    "restrict": "DOM is missing",
    "read x": 'Cannot use "x" as a count: expected a whole number from 0',
    "poll --events some": 'Cannot use "some" as --events: expected in, out, all',
    "poll --timeout": "The option --timeout needs a value",
    "watch -n 0 7": 'Cannot use "0" as a count: expected a whole number from 1',
    "watch -t now": 'Cannot use "now" as --time: expected unix, utc, local, delta, elapsed, none',
    "watch -F %q": 'Cannot use "%q" as a format: "%q" is none of %p %c %k %d %r %n %N %S %U %L %D %%',
    "watch -F %p -t utc": "Cannot use --format and --time together",
    "expect 7": "Cannot wait without a limit: `within P` is missing",
    "expect within 1s": "CHANNEL is missing",
    "expect 7 2 3 within 1s": 'Cannot make sense of "3": there is a word too many',
    "expect 7 within 1s 2s": 'Cannot make sense of "2s": there is a word too many',
    "expect 7 within": 'Cannot use "" as a period: expected a whole number and a unit (us, ms, s, m), such as 250ms',
    "open x": 'Cannot make sense of "x": there is a word too many',
    "sleep": "P is missing",
    "create self": 'Cannot use "self" here: expected a domain\'s number',
    "p =": "Cannot run the statement: a verb is missing",
    "@1": "Cannot run the statement: a verb is missing",
    "9 = alloc-unbound 0": 'Cannot use "9" as a name: expected a letter, then letters or digits',
    "@x alloc-unbound 0": 'Cannot use "x" as a domain: expected 0 to 32751 (0x7FEF) or "self"',
    "@/a/b status": 'Cannot use "@/a/b" as a handle: expected @DOMAIN, @DOMAIN/NAME or @/NAME',
    "p = reset": "Cannot name the ports of reset: it has none",
    "notify $p": 'Cannot use $p: no earlier statement sets "p"',
    "print a$": 'Cannot read "a$": a $ without a name',
    "p=alloc-unbound": 'There is no verb "p=alloc-unbound"',
    'print "a': 'Cannot read the statement: a " is not closed',
  };
  for (const [statement, message] of Object.entries(cases)) {
    assertEquals(await faults(statement), [`1: ${statement}: ${message}`]);
  }
});

test("words with variables are checked as far as possible", async () => {
  assertEquals(await faults("p = alloc-unbound 0\nsleep $p"), [
    '2: sleep $p: Cannot use "1" as a period: expected a whole number and a unit (us, ms, s, m), such as 250ms',
  ]);
  assertEquals(await faults("p = alloc-unbound 0\nunbind $p --bogus"), [
    '2: unbind $p --bogus: There is no option "--bogus"',
  ]);
  assertEquals(await lines("p = alloc-unbound 0\nsleep ${p}ms\nprint 0:$p ${p}0"), ["0:27 270"]);
});

test("a named statement prints nothing, and its name stands for its ports", async () => {
  assertEquals(await lines("p = alloc-unbound 0; q = bind-interdomain 0 $p; notify $q; r = read; print $r"), ["28 27"]);
  assertEquals(await lines("p = alloc-unbound 0; p = alloc-unbound 0; print $p"), ["28"]);
  assertEquals(await lines('e = status; print none $e; print "<$e>"'), ["none", "<>"]);
  assertEquals(await lines(`p = alloc-unbound 0; print '$p' "$p" $$p "$$"`), ["$p 27 $p $"]);
});

test("a variable inside a word must have exactly one port", async () => {
  assertEquals(
    await failure("p = alloc-unbound 0; q = bind-interdomain 0 $p; notify $q; r = read\nbind-interdomain 0:$r"),
    '2: bind-interdomain 0:$r: Cannot put $r into "0:$r": it stands for 2 ports, not one',
  );
  assertEquals(await failure("s = status\nunmask $s"), "2: unmask $s: PORT is missing");
});

test("a quoted equals sign is a plain word", async () => {
  assertEquals(await lines(`print "=" b\nprint a = b`), ["= b", "a = b"]);
});

test("a long statement is cut in messages", async () => {
  const [fault] = await faults(`bogus ${"x".repeat(10_000)}`);
  assertEquals(fault, `1: bogus ${"x".repeat(114)}...: There is no verb "bogus"`);
});
