import { assertEquals } from "@std/assert";
import { start } from "../support/process.ts";
import { test } from "../support/test.ts";

test("SIGUSR1 opens no debugger and ends nothing", async () => {
  const { process, stderr } = start(["--simulator", "watch", "virq:tbuf", "--banner"]);
  await stderr.until(/watching/);
  process.kill("SIGUSR1");
  process.kill("SIGTERM");
  assertEquals(await stderr.rest(), "");
  assertEquals((await process.status).code, 143);
});
