import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { run } from "../support/process.ts";

const LARGEST = "sim:linux?ports=131072";

test("the ports of a domain are listed with the permissions of evtchn's first line", async () => {
  const { status, stdout, stderr } = await run(["--simulator", "list", "1"]);
  assertEquals([status, stderr, stdout.split("\n").length], [0, "", 10]);
});

test("a pipe closed during a list ends it with 141 and no message", async () => {
  // The script makes the list longer than a pipe holds.
  const script = 'process.stdout.write("alloc-unbound 5\\n".repeat(5000) + "list 0\\n")';
  const { stdout, stderr } = await run(["-d", LARGEST, "run", "-"], {
    sh: `"${Deno.execPath()}" eval '${script}' | { "$@"; echo "status $?" >&2; } | grep -m 1 unbound`,
  });
  assertEquals([stdout, stderr], ["  26     0  unbound      waits for domain 5 (guest5)\n", "status 141\n"]);
});
