import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { withSession } from "../support/sessions.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

/** A shell on a simulated host, ready for its first line. */
async function shell(options = "") {
  const host = new TestHost();
  const ended = host.start(`--simulator ${options} shell`);
  const prompt = await host.prompted.promise;
  const type = async (line: string) => {
    await prompt.type(line);
    await settle();
    return host.stdout.take() + host.stderr.take();
  };
  return { host, prompt, ended, type };
}

test("statements at a prompt act on handles that stay open", async () => {
  const { prompt, ended, type } = await shell();
  assertEquals(await type("@1 p = alloc-unbound 0"), "");
  assertStringIncludes(await type("bind-interdomain 1 $p"), "27\n");
  assertEquals(
    await type("unbind 27; unbind 27"),
    [
      "evtchn: unbind: Cannot unbind port 27: ENOTCONN\n",
      "hint: this port is not bound on this handle: a port belongs to the handle that bound it and dies with it\n",
    ].join(""),
  );
  await prompt.type(undefined);
  assertEquals(await ended, 1); // not at a terminal, so failures count
});

test("events appear as they arrive, until watch off", async () => {
  const { prompt, ended, type } = await shell();
  await type("p = alloc-unbound 0");
  assertStringIncludes(await type("q = bind-interdomain self $p"), "port 28  self:27  #1  initial");
  assertStringIncludes(await type("notify $q"), "port 27  0:any  #2");
  await type("watch off");
  assertEquals(await type("notify $q"), "");
  assertEquals(await type("expect $p within 1s"), "");
  void prompt.type("exit"); // nothing is asked for after it
  assertEquals(await ended, 0);
});

test("a handle that was closed does not read the file that has its descriptor's number now", async () => {
  const { prompt, ended, type } = await shell();
  for (const line of ["open", "watch off", "close", "p = alloc-unbound self", "q = bind-interdomain self $p"]) {
    assertEquals(await type(line), "");
  }
  assertStringIncludes(await type("watch on"), "port 28  self:27  #1  initial: caused by the bind");
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("with --json results and events are records", async () => {
  const { prompt, ended, type } = await shell("--json");
  assertEquals(await type("bind-virq tbuf"), '{"op":"bind-virq","port":27,"channel":"virq:tbuf","line":1}\n');
  assertStringIncludes(await type("raise tbuf"), '"port":27,"channel":"virq:tbuf","seq":1}\n');
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("^C cancels a waiting statement, and the shell continues", async () => {
  const { host, prompt, ended, type } = await shell();
  const waiting = type("sleep 100s; print never");
  await host.clock.asleep();
  prompt.options.interrupted();
  assertEquals(await waiting, "");
  assertEquals(await type("print on"), "on\n");
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("a signal ends the shell with its status, whatever it waits for", async () => {
  const { host, prompt, ended } = await shell();
  await prompt.type("bind-virq tbuf");
  host.signal("SIGTERM");
  assertEquals(await ended, 143);
  assertEquals(prompt.closed, true);
});

test("help lists the verbs and shows a verb's usage; an unknown verb is refused", async () => {
  const { prompt, ended, type } = await shell();
  assertStringIncludes(await type("help"), "bind-interdomain  ");
  assertMatch(await type("help unbind"), /^USAGE\n {2}unbind PORT...\n\nCloses ports [^]*EXAMPLES\n {2}unbind 27\n/);
  assertEquals((await type("help alloc-unbound")).includes("--hold"), false);
  assertStringIncludes(await type("help nothing"), 'There is no verb "nothing"');
  assertStringIncludes(await type("watch upside"), 'Cannot use "upside" as a channel');
  await prompt.type(undefined);
  assertEquals(await ended, 1); // not at a terminal, so failures count
});

test("Tab offers what is known if xenstore says nothing in time", async () => {
  const host = new TestHost({ xenstored: "dead" });
  const ended = host.start("shell");
  const prompt = await host.prompted.promise;
  const offered = prompt.options.complete("wiring ");
  await host.clock.asleep();
  host.clock.advance(500);
  assertEquals(await offered, [["self"], ""]);
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("Tab completes verbs, VIRQs, names and bound ports", async () => {
  const { prompt, ended, type } = await shell();
  await type("p = bind-virq tbuf");
  const { complete } = prompt.options;
  assertEquals(await complete("bind-v"), [["bind-virq"], "bind-v"]);
  assertEquals(await complete("@1 x = alloc"), [["alloc-unbound"], "alloc"]);
  assertEquals(await complete("bind-virq ti"), [["timer"], "ti"]);
  assertEquals(await complete("notify $"), [["$p"], "$"]);
  assertEquals(await complete("help bind-v"), [["bind-virq"], "bind-v"]);
  assertEquals(await complete("print x; unmask 2"), [["27"], "2"]);
  assertEquals(await complete("watch virq:tb"), [["virq:tbuf"], "virq:tb"]);
  assertEquals(await complete("why virq:tb"), [["virq:tbuf"], "virq:tb"]);
  assertEquals(await complete("wi"), [["wiring"], "wi"]);
  assertEquals(await complete("wiring gu"), [[1, 2, 3, 4, 5, 6, 7].map((domain) => `guest${domain}`), "gu"]);
  assertEquals(await complete("list 0 s"), [["self"], "s"]);
  assertEquals(await complete("list --"), [[
    "--abi",
    "--all",
    "--limit",
    "--pending",
    "--summary",
    "--timeout",
    "--wide",
  ], "--"]);
  assertEquals(await complete("device vk"), [["vkbd"], "vk"]);
  assertEquals(await complete("device vif 1 --f"), [["--fault"], "--f"]);
  assertEquals(await complete("device vif 1 --fault un"), [["unbound", "unwritten"], "un"]);
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("a ping's own events are not shown; events of other ports are shown after the ping", async () => {
  const { prompt, ended, type } = await shell();
  const told = await type("ping -n 2 --interval 0us");
  assertEquals(told.match(/^--- ping self ---\n2 sent, 2 answered, 0 lost$/m)?.length, 1, told);
  assertEquals(told.includes("#1"), false, told);
  await type("p = alloc-unbound 0");
  assertStringIncludes(await type("q = bind-interdomain self $p"), "initial");
  assertStringIncludes(await type("notify $q"), "  0:any  #2");
  await type("watch off");
  await type("ping -n 1 --interval 0us");
  assertEquals(await type("notify $q"), "");
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("in a session's shell a watch shows its events itself, once, and those of other ports come after it", () =>
  withSession(async (session) => {
    const client = await session.connect();
    const channels: { port: number; peer: number }[] = [];
    for (let i = 0; i < 2; i++) {
      const port = await client.allocUnbound(0);
      channels.push({ port, peer: await client.bindInterdomain(0, port) });
    }
    await client.read();
    await client.unmask(channels.map(({ peer }) => peer));
    const [watched, other] = channels;

    const host = new TestHost();
    const ended = host.start(`--session ${session.socket} shell`);
    const prompt = await host.prompted.promise;
    await prompt.type("status"); // from now on the shell shows events
    host.stdout.take();
    const watching = prompt.type(`watch ${watched.port} -n 1 -t none --banner`);
    while (!host.stderr.take().includes("watching")) await new Promise((resolve) => setTimeout(resolve));
    await client.notify(other.peer);
    await client.notify(watched.peer);
    await watching;
    await prompt.type(`unmask ${other.port}`); // the session has answered: its events are there
    const shown = () => host.stdout.take().split("\n").filter((line) => line.includes("#"));
    let lines = shown();
    while (lines.length < 2) {
      await new Promise((resolve) => setTimeout(resolve));
      lines = [...lines, ...shown()];
    }
    assertEquals(lines.map((line) => line.replace(/^20\S+ {2}/, "")), [
      `port ${watched.port}  0:any  #1`,
      `port ${other.port}  0:any  #1`,
    ]);
    await prompt.type(undefined);
    assertEquals(await ended, 0);
  }));
