import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

const PROGRAM = new URL("ignored.ts", import.meta.url).pathname;

async function ignoresHup(setup: string): Promise<string> {
  const args = ["-c", `${setup} exec "$@"`, "sh", Deno.execPath(), "run", "--quiet", "-A", PROGRAM];
  const { stdout } = await new Deno.Command("sh", { args, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout);
}

test("a signal that the starter ignores, as nohup does, is known to be ignored", async () => {
  assertEquals(await ignoresHup(`trap "" HUP;`), "true\n");
  assertEquals(await ignoresHup(""), "false\n");
});
