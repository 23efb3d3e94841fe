import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

test("a thousand opens and a thousand polls, ended in every way, leave no descriptor behind", async () => {
  const program = new URL("leaks.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "-q", program] }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(JSON.parse(decoder.decode(stdout)), { opens: 0, polls: 0 });
});
