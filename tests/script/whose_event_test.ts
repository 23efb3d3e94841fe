/** Whose an event is, where several domains have some. @module */

import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { withShells } from "../support/session_shell.ts";
import { lines, script } from "../support/scripts.ts";
import { settle } from "../support/simulated.ts";
import { TestHost } from "../support/test_host.ts";

const CHANNEL = "p = alloc-unbound 1; @1 q = bind-interdomain 0:$p";

test("in a script of several domains an event says its domain, as a statement does", async () => {
  const text = `${CHANNEL}; notify $p; @1 notify $q; watch -t none; @1 watch -t none`;
  assertEquals(await lines(text), [
    "@0 port 27  1:any  #1",
    "@1 port 9  0:27  #1  initial: caused by the bind",
    "@1 port 9  0:27  #2",
  ]);
});

test("with --json it has the domain's number and its line", async () => {
  const { stdout } = await script(`${CHANNEL}\n@1 notify $q\nwatch\n@1 watch`, "--json");
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).filter(({ event }) => event);
  assertEquals(events.map(({ domain, port, line }) => [domain, port, line]), [[0, 27, 3], [1, 9, 4]]);
});

test("an overflow says its domain too", async () => {
  const text = CHANNEL + "\n@1 notify $q; unmask $p".repeat(65);
  assertEquals((await lines(`${text}; watch -t none`))[0], "@0 overflow: the ring was full and events were lost");
  const { stdout } = await script(`${text}; watch`, "--json");
  assert(/^\{"event":"overflow","time":"[^"]+","domain":0,"line":66\}$/m.test(stdout), stdout);
});

test("where one domain has all the handles nothing is said", async () => {
  const text = "p = alloc-unbound self; @/b q = bind-interdomain self $p; @0/b notify $q; watch";
  assertEquals(await lines(`${text} -t none`), ["port 27  self:any  #1"]);
  assertEquals((await script(text, "--json")).stdout.includes('"domain"'), false);
});

test("at a prompt events say their domain from the moment that a second one has a handle", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator shell");
  const prompt = await host.prompted.promise;
  const type = async (line: string) => {
    await prompt.type(line);
    await settle();
    return host.stdout.take().split("\n").map((line) => line.replace(/^\S+Z {2}/, "")).slice(0, -1);
  };
  assertEquals(await type("t = bind-virq tbuf"), []);
  assertEquals(await type("raise tbuf"), ["port 27  virq:tbuf  #1"]);
  await type("p = alloc-unbound 1");
  assertEquals(await type("@1 q = bind-interdomain 0:$p"), ["@1 port 9  0:28  #1  initial: caused by the bind"]);
  assertEquals(await type("raise tbuf; notify $p"), ["@0 port 27  virq:tbuf  #2", "@1 port 9  0:28  #2"]);
  assertEquals(await type("@1 close"), []);
  assertEquals(await type("raise tbuf"), ["port 27  virq:tbuf  #3"]);
  await prompt.type(undefined);
  assertEquals(await ended, 0);
});

test("in a session an event of --as says its domain, and so do those of a script and a prompt there", () =>
  withShells(async (shells) => {
    const inside = `
      p=$(evtchn alloc-unbound 1); q=$(evtchn --as 1 bind-interdomain 0 $p)
      evtchn --as 1 notify $q; evtchn notify $p
      evtchn watch $p -n 1 -t none
      evtchn --as 1 watch $q -n 1 -t none
      evtchn --as 1 notify $q; evtchn notify $p
      evtchn --as 1 watch $q -n 1 --json | sed "s/.*seq/seq/"
      evtchn run -e "@1 open; watch $p -n 1 -t none"`;
    assertEquals(await shells.run(`evtchn session run --simulator -- sh -c '${inside}'`), {
      status: 0,
      stdout: [
        "port 27  1:any  #1",
        "@1 port 9  0:27  #1  initial: caused by the bind",
        'seq":1,"domain":1}',
        "@0 port 27  1:any  #1",
        "",
      ].join("\n"),
      stderr: "",
    });
  }));
