/** Command lines: every verb of the table with its options, changed, and words without any order. @module */

import fc from "fast-check";
import { bytesOf, damaged } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { runHostile, type Surroundings } from "./machine.ts";
import { asks, assertWellEnded } from "./property.ts";
import { DUMP } from "./dump.ts";
import { RECORDING } from "./recording.ts";
import { COMMAND } from "./verbs.ts";
import { anything, change, changed, SIMULATIONS, word } from "./words.ts";

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
  "session list",
  "session stop",
  "session stop --all",
  "session run -- sh",
  "session serve",
  "session",
  "help watch",
  "--version",
  "--help",
  "",
];

/** What says where the handle is, and the other options of every command. */
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

/** Mostly one simulated host or the other: what is done there is the verb's own work. */
const before = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom<string[]>(
      ["--simulator"],
      ["--simulator", "--json"],
      ["--simulator", "--trace"],
      ["--simulator", "--color=always"],
      ["--device=sim:illumos"],
      ["--fd=3"],
      [],
    ),
  },
  { weight: 1, arbitrary: options },
);

const after = fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: options });

const variables = fc.dictionary(
  fc.constantFrom("EVTCHN_DEVICE", "EVTCHN_FD", "EVTCHN_SESSION", "NO_COLOR", "TERM"),
  fc.oneof(fc.constantFrom("3", "x", "", "sim:linux", "sim:x", "/nonexistent", "-1"), anything),
  { maxKeys: 2 },
);

/** What files and standard input hold. */
const input = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom("p = alloc-unbound 1\nwatch", "x", ""),
  damaged(fc.constantFrom(DUMP, RECORDING, "p = alloc-unbound 1; notify $p\nstatus", ...LINES)),
);

/** What a command finds around it. */
const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  patience: fc.nat(40),
  signal: fc.constantFrom("SIGINT" as const, "SIGTERM" as const, "SIGHUP" as const),
  input: input.map((text) => text === undefined ? undefined : bytesOf(text)),
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

const line = fc.oneof(
  { weight: 6, arbitrary: COMMAND },
  { weight: 2, arbitrary: fc.constantFrom(...LINES).map((each) => each.split(" ").filter((part) => part !== "")) },
);

const changes = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(change, { maxLength: 2 }) },
);

const ordered = fc.tuple(before, line, after, changes).map(([before, line, after, changes]) =>
  changed([...before, ...line, ...after], changes)
);

const unordered = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...LINES.flatMap((each) => each.split(" "))) },
    { weight: 1, arbitrary: fc.constantFrom(...OPTIONS.flat()) },
    { weight: 2, arbitrary: word },
  ),
  { maxLength: 8 },
);

export const COMMAND_LINES: Kind<{ words: string[]; given: Surroundings }> = {
  name: "command lines",
  input: fc.record({
    words: fc.oneof({ weight: 9, arbitrary: ordered }, { weight: 1, arbitrary: unordered }),
    given: surroundings,
  }),
  async check({ words, given }) {
    const outcome = await runHostile(words, given);
    assertWellEnded(outcome, asks(words, given));
    return outcome.status !== 2;
  },
};
