import fc from "fast-check";
import { test } from "../support/test.ts";
import { runHostile } from "./machine.ts";
import { assertWellEnded } from "./property.ts";
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

const statement = fc.tuple(fc.constantFrom(...STATEMENTS), fc.array(change, { maxLength: 2 })).map(
  ([sound, changes]) => changed(sound.split(" "), changes).join(" "),
);

const script = fc.tuple(
  fc.array(fc.oneof({ weight: 4, arbitrary: statement }, anything), { maxLength: 8 }),
  fc.constantFrom("\n", ";", "\r\n", " ; ", "\n\n"),
).map(([statements, end]) => statements.join(end));

const flags = fc.subarray(["--json", "-k", "--trace"]);
const where = fc.oneof(
  { weight: 3, arbitrary: fc.constant(["--simulator"]) },
  fc.constantFrom(...SIMULATIONS).map((spec) => [`--device=${spec}`]),
  fc.constantFrom([], ["--fd=3"], ["--as=1", "--simulator"]),
);

test("whatever a script says, it ends with a documented status and errors that are sentences", async () => {
  await fc.assert(
    fc.asyncProperty(script, flags, where, fc.nat(30), async (input, flags, where, patience) => {
      const outcome = await runHostile(["run", "-", ...flags, ...where], { input, patience });
      assertWellEnded(outcome, { json: flags.includes("--json"), trace: flags.includes("--trace") });
    }),
    { numRuns: 1000 },
  );
});

test("whatever is typed at a prompt, it goes on to the next line", async () => {
  const lines = fc.array(fc.oneof({ weight: 3, arbitrary: statement }, anything), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lines, flags, where, async (typed, flags, where) => {
      const outcome = await runHostile(["shell", ...flags.filter((flag) => flag !== "-k"), ...where], {
        typed,
        patience: 5,
      });
      assertWellEnded(outcome, { json: flags.includes("--json"), trace: flags.includes("--trace") });
    }),
    { numRuns: 400 },
  );
});
