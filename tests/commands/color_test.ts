import { assertEquals } from "@std/assert";
import { TestHost } from "../support/test_host.ts";

/** Whether the table of VIRQs is coloured, with that environment and terminal. */
async function coloured(options: string, terminal: boolean, variables: Record<string, string> = {}): Promise<boolean> {
  const host = new TestHost();
  host.stdout.terminal = terminal;
  Object.assign(host.variables, variables);
  return (await host.ok(`virqs ${options}`)).includes("\x1b[");
}

Deno.test({
  name: "colours are for terminals, unless the options or the environment say otherwise",
  // If this process has NO_COLOR in its environment, @std/fmt never colours.
  ignore: Deno.noColor,
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    assertEquals(await coloured("", true), true);
    assertEquals(await coloured("", false), false);
    assertEquals(await coloured("", true, { NO_COLOR: "1" }), false);
    assertEquals(await coloured("", true, { NO_COLOR: "" }), true);
    assertEquals(await coloured("", true, { TERM: "dumb" }), false);
    assertEquals(await coloured("--color never", true), false);
    assertEquals(await coloured("--color always", false, { NO_COLOR: "1", TERM: "dumb" }), true);
    assertEquals(await coloured("--color always --json", true), false);
  },
});
