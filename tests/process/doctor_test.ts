import { assertEquals, assertMatch } from "@std/assert";
import { COMMAND, run } from "../support/process.ts";
import { test } from "../support/test.ts";

test("doctor has what it needs of the permissions of the first line, and libc, and says which one is not given", async () => {
  const { status, stdout, stderr } = await run(["--simulator", "doctor"]);
  assertEquals([status, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^deno {7}ok {7}Deno \d+\.\d+\.\d+ on \S+ \S+, with all permissions that evtchn uses\nlibc {7}ok {7}glibc \d/,
  );
  const command = COMMAND.filter((word) => word !== "-N" && word !== "--allow-run");
  const less = await run(["--simulator", "doctor", "-q"], { command });
  assertEquals([less.status, less.stderr], [3, ""]);
  assertMatch(less.stdout, /^deno {7}refused {2}.*, without --allow-net --allow-run\n/);
});

test("doctor says on a machine where libc may not be loaded that this is why, and that the simulator works", async () => {
  const command = COMMAND.filter((word) => !word.startsWith("--allow-ffi"));
  const { status, stdout, stderr } = await run(["doctor", "--json"], { command });
  assertEquals([status, stderr], [3, ""]);
  assertMatch(stdout, /"check":"libc","state":"refused"/);
  assertMatch(stdout, /"check":"driver","state":"unknown","detail":"Requires ffi access to /);
  assertMatch(stdout, /"check":"simulator","state":"ok"/);
});

test("doctor in a script says nothing of what the script gave up", async () => {
  const { status, stdout, stderr } = await run(["run", "--simulator", "-e", "doctor"]);
  assertEquals([status, stderr], [0, ""]);
  assertMatch(stdout, /^deno {7}ok .*\nlibc {7}unknown {2}a simulated host needs none/);
});
