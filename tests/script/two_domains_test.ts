import { assertEquals, assertGreater } from "@std/assert";
import { TestHost } from "../support/test_host.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { script } from "../support/scripts.ts";
import { ONE_DOMAIN, TWO_DOMAINS } from "./two_domains.ts";

test("a script of two domains and 200 statements prints the same bytes each time", async () => {
  const first = await script(TWO_DOMAINS, "--json", "-k");
  const records = first.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  assertEquals([first.status, first.stderr], [1, ""]); // some of its statements are to be refused
  // One of the 200 statements is `virqs`, with 21 records; two are about two ports, with a record each.
  assertEquals(records.filter(({ op }) => op !== undefined).length, 189);
  assertGreater(records.filter((record) => "event" in record).length, 30);
  const { line: last } = records.at(-1);
  assertEquals(
    records.every(({ line }, i, all) => line <= last && (i === 0 || line >= all[i - 1].line)),
    true,
  );
  for (let run = 0; run < 3; run++) assertEquals(await script(TWO_DOMAINS, "--json", "-k"), first);
});

test("it prints the same bytes with other timing of the event loop", async () => {
  const { stdout } = await script(TWO_DOMAINS, "--json", "-k");
  const host = new TestHost();
  host.files["-"] = TWO_DOMAINS;
  host.stdout.write = async (text) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await settle();
    host.stdout.writeSync(text);
  };
  assertEquals((await host.run("--simulator run --json -k -")).stdout, stdout);
});

test("its one-domain part prints the same with virtual time and on a device", async () => {
  const { stdout } = await script(ONE_DOMAIN, "--json", "-k");
  const host = new TestHost();
  host.files["-"] = ONE_DOMAIN;
  const ended = host.start("run --json -k -");
  let done = false;
  void ended.then(() => done = true);
  for (;;) {
    await Promise.race([host.clock.asleep(), ended]);
    await settle();
    if (done) break;
    host.clock.advance(1);
  }
  const untimed = (text: string) => text.replace(/"time":"[^"]*"/g, "");
  assertEquals(untimed(host.stdout.text), untimed(stdout));
});
