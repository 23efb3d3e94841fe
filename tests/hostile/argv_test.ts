import fc from "fast-check";
import { test } from "../support/test.ts";
import { runHostile } from "./machine.ts";
import { assertWellEnded } from "./property.ts";
import { anything, change, changed, CHANNELS, FORMATS, NUMBERS, ODD, PERIODS, SIMULATIONS, word } from "./words.ts";

/** Command lines that are sound, but for what stands for a value. */
const LINES = [
  "bind-virq tbuf",
  "bind-virq virq:dom_exc --hold 0s",
  "bind-interdomain 0 27 --hold 1ms",
  "bind-interdomain 1:9",
  "alloc-unbound 5 --hold 24m",
  "alloc-unbound self",
  "unbind 28 29",
  "notify 27 28",
  "notify 27 --count 3 --interval 1ms",
  "notify 5:any virq:tbuf --count 4294967295",
  "unmask 27 28 29",
  "watch virq:tbuf 5:any -n 3 --timeout 1s",
  "watch 0:27 --idle-timeout 1ms -t delta --banner",
  "watch 5:any -F %p --no-unmask -q",
  "watch",
  "reset --unmask",
  "restrict 5",
  "restrict 5 -- sh -c true",
  "restrict 5 -- nothing",
  "read",
  "poll --timeout 1s --events all",
  "status",
  "run FILE -k",
  "run -e virqs -e print",
  "shell",
  "replay FILE --map 5:12=1:any --speed 0.5 --delay 1s",
  "replay - --no-wait --max-gap 1s",
  "virqs",
  "list",
  "list 0 1",
  "ping -n 4294967295 --interval 0s -q",
  "ping 1:9 -n 3 --interval 1ms --timeout 5ms --warmup 2",
  "ping --answer 5:any",
  "top 0:27 virq:tbuf -n 3 --interval 10ms",
  "top 5:any --sort total",
  "wiring",
  "wiring 0 1 --format mermaid",
  "wiring --watch --interval 1ms",
  "why 0:27",
  "decode",
  "session start",
  "session stop",
  "session run -- sh",
  "session serve",
  "session",
  "help watch",
  "--version",
  "--help",
  "",
];

const OPTIONS = [
  [],
  ["--simulator"],
  ["--json"],
  ["--json", "--simulator"],
  ["--fd", "3"],
  ["--fd", "3", "--json"],
  ["--fd", "99"],
  ["--as", "1", "--simulator"],
  ["--trace", "--simulator"],
  ["--session", "/nonexistent/session"],
  ["--session", "/"],
  ["--device", "/dev/null/x"],
  ["--color", "always", "--simulator"],
  ["-h"],
];

const options = fc.oneof(
  fc.constantFrom(...OPTIONS),
  fc.constantFrom(...SIMULATIONS).map((spec) => ["--device", spec]),
);

const variables = fc.dictionary(
  fc.constantFrom("EVTCHN_DEVICE", "EVTCHN_FD", "EVTCHN_SESSION", "NO_COLOR", "TERM"),
  fc.oneof(fc.constantFrom("3", "x", "", "sim:linux", "sim:x", "/nonexistent", "-1"), anything),
  { maxKeys: 2 },
);

const surroundings = fc.record({
  patience: fc.nat(40),
  signal: fc.constantFrom("SIGINT" as const, "SIGTERM" as const, "SIGHUP" as const),
  input: fc.option(
    fc.constantFrom(
      "p = alloc-unbound 1\nwatch",
      "x",
      "",
      '{"event":"overflow","time":"2026-01-02T03:04:05.678901Z"}\n',
    ),
    { nil: undefined },
  ),
  typed: fc.array(fc.oneof(fc.constantFrom("help", "virqs", "watch off", "exit", "bind-virq tbuf"), anything), {
    maxLength: 3,
  }),
  begun: fc.option(
    fc.record({
      line: fc.option(fc.oneof(fc.json(), fc.constant('{"session":"/x"}'), anything), { nil: undefined }),
      stderr: fc.oneof(fc.json(), anything),
    }),
    { nil: undefined },
  ),
  variables,
});

/** The commands whose answer may be one that nobody likes: status 1, and no error. */
const JUDGES = ["ping", "wiring"];

/** Whether records are asked for, whether calls are shown, whether it judges. */
const asks = (words: readonly string[]) => {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  return {
    json: own.includes("--json"),
    trace: own.some((each) => each.startsWith("--trace")),
    judges: own.some((each) => JUDGES.includes(each)),
  };
};

test("whatever is on a command line, it ends with a documented status and errors that are sentences", async () => {
  const line = fc.constantFrom(...LINES).map((each) => each.split(" ").filter((part) => part !== ""));
  await fc.assert(
    fc.asyncProperty(line, options, options, fc.array(change, { maxLength: 3 }), surroundings, async (...all) => {
      const [sound, before, after, changes, given] = all;
      const words = changed([...before, ...sound, ...after], changes);
      assertWellEnded(await runHostile(words, given), asks(words));
    }),
    { numRuns: 1500 },
  );
});

test("words without any order end with a documented status too", async () => {
  const commands = LINES.flatMap((each) => each.split(" "));
  const any = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...commands) },
    { weight: 1, arbitrary: fc.constantFrom(...OPTIONS.flat()) },
    { weight: 2, arbitrary: word },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(any, { maxLength: 8 }), surroundings, async (words, given) => {
      assertWellEnded(await runHostile(words, given), asks(words));
    }),
    { numRuns: 1000 },
  );
});

test("every odd value in every place where a value stands is refused or taken", async () => {
  const values = [...NUMBERS, ...CHANNELS, ...PERIODS, ...ODD, ...FORMATS, ...SIMULATIONS];
  const places = [
    ..."--hold --device --fd --as --color --session".split(" ").map((name) => ["bind-virq", "tbuf", name]),
    ..."--count --interval".split(" ").map((name) => ["notify", "5:any", "--simulator", name]),
    ..."-n -t -F --timeout --idle-timeout".split(" ").map((name) => ["watch", "5:any", "--simulator", name]),
    ..."--timeout --events".split(" ").map((name) => ["poll", "--simulator", name]),
    ..."--map --speed --max-gap --delay".split(" ").map((name) => ["replay", "-", "--simulator", name]),
    ["run", "--simulator", "-e"],
    ["help"],
    ["restrict", "--fd", "3"],
    ["session"],
  ];
  for (const place of places) {
    for (const value of values) {
      const words = [...place, value];
      const outcome = await runHostile(words, { patience: 3, input: "" });
      try {
        assertWellEnded(outcome, asks(words));
      } catch (error) {
        throw new Error(`evtchn ${JSON.stringify(words).slice(0, 300)}`, { cause: error });
      }
    }
  }
});
