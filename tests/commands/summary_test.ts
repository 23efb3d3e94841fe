/** `list --summary` as a command. @module */

import { assertEquals } from "@std/assert";
import { Device } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

test("list --summary --limit ends with status 3 if a domain uses that much, and marks it", async () => {
  const host = new TestHost();
  const guest = new Device(host.world.process(2));
  assertEquals((await host.run("list --summary --limit 5%")).status, 0);
  for (let i = 0; i < 45; i++) guest.allocUnbound(0);
  const { status, stdout } = await host.run("list --summary --limit 5%");
  assertEquals([status, stdout.split("\n").filter((line) => line.includes("over"))], [
    3,
    ["     2  guest2         45            2     2     0    4     53  1023?    5%  over 5%"],
  ]);
  const records = (await host.run("list --summary --limit 5% --json")).stdout.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(records.map(({ over_limit = false }) => over_limit), [
    false,
    false,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  guest.close();
});

test("--limit and --abi belong to --summary, and a limit is a percentage", async () => {
  const host = new TestHost();
  const refused = async (line: string) => {
    const { status, stderr } = await host.run(line);
    return [status, stderr.split("\n")[0]];
  };
  assertEquals(await refused("list --limit 5%"), [2, "evtchn: list: Cannot use --limit without --summary"]);
  assertEquals(await refused("list --abi"), [2, "evtchn: list: Cannot use --abi without --summary"]);
  for (const text of ["5", "0%", "101%", "1e1%", "%"]) {
    assertEquals(await refused(`list --summary --limit ${text}`), [
      2,
      `evtchn: list: Cannot use "${text}" as a limit: expected 1% to 100%`,
    ]);
  }
});
