import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

const PROGRAM = new URL("ignored.ts", import.meta.url).pathname;

async function ignoredAfter(setup: string): Promise<string> {
  const args = ["-c", `${setup} exec "$@"`, "sh", Deno.execPath(), "run", "--quiet", "-A", PROGRAM];
  const { stdout } = await new Deno.Command("sh", { args, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout);
}

test("signals that the starter ignores, as nohup does, are known and stay ignored when others are listened for", async () => {
  assertEquals(await ignoredAfter(`trap "" HUP;`), "1 true\n");
  assertEquals(await ignoredAfter(`trap "" HUP INT;`), "1,2 true\n");
  assertEquals(await ignoredAfter(""), " true\n");
});
