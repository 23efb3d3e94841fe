/** What a session's clients do to its simulated host. */
import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { never, simulatedSource, type TestSession, withSession } from "../support/sessions.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

/** A machine whose commands act in a session. */
function inside(session: TestSession): TestHost {
  const host = new TestHost();
  host.variables.EVTCHN_SESSION = session.socket;
  return host;
}

test("commands change a session's simulated host, each with the record of its statement", () =>
  withSession(async (session) => {
    const host = inside(session);
    const port = (await host.ok("bind-virq tbuf")).trimEnd();
    const done: readonly [words: string, record: string][] = [
      ["raise tbuf", `{"op":"raise","channel":"virq:tbuf","port":${port}}`],
      ["--as 1 raise timer", '{"op":"raise","channel":"virq:timer","port":3}'],
      ["create 9 --name web", '{"op":"create","domain":9,"name":"web"}'],
      ["create 10", '{"op":"create","domain":10}'],
      ["device vif web", '{"op":"device","domain":9,"device":"vif/0","backend_domain":0,"ports":[9,10]}'],
      ["--as 9 store-write data/a 1", '{"op":"store-write","path":"data/a"}'],
      ["--as web store-rm data/a", '{"op":"store-rm","path":"data/a"}'],
      ["destroy web", '{"op":"destroy","domain":9}'],
    ];
    for (const [words, record] of done) {
      if (words.startsWith("destroy")) continue;
      assertEquals(await host.ok(`${words} --json`), `${record}\n`, words);
    }
    assertEquals(await host.ok(`watch ${port} -n 1 -t none`), `port ${port}  virq:tbuf  #1\n`);
    assertEquals((await host.ok("wiring web")).split("\n")[0], "Domain 9 (web)");
    assertEquals(await host.ok("destroy web --json"), '{"op":"destroy","domain":9}\n');
    assertEquals(await host.run("--as 9 status"), {
      status: 2,
      stdout: "",
      stderr: "evtchn: status: Cannot act as domain 9\nhint: the simulated domains are 0 to 7, 10\n",
    });
  }));

test("a path or a value that is too long for xenstore is refused, and the session goes on", () =>
  withSession(async (session) => {
    const world = (await session.connect()).world();
    const long = "x".repeat(70_000);
    assertEquals(await world.writeStore(0, "a", long), "E2BIG");
    assertEquals(await world.removeStore(0, long), "E2BIG");
    assertEquals(await world.writeStore(0, "a", "\u00fc".repeat(2100)), "E2BIG");
    assertEquals(await world.writeStore(0, "data/a", "1"), 0);
  }));

test("statements in a session change its host, and the commands after them see it", () =>
  withSession(async (session) => {
    const host = inside(session);
    const statements = "create 9 --name web; p = alloc-unbound web; @9 bind-interdomain Domain-0:$p; @1 raise timer";
    assertEquals(await host.run(["run", "-e", statements]), { status: 0, stdout: "9\n", stderr: "" });
    assertEquals(await host.ok("--as web status --json"), await host.ok("--as 9 status --json"));
    assertEquals(await host.run(["run", "-e", "destroy 9; destroy 9"]), {
      status: 1,
      stdout: "",
      stderr: "evtchn: run: -e:1: destroy 9: Cannot destroy domain 9: ESRCH\nhint: there is no such domain\n",
    });
  }));

test("what is refused in a session is refused as in a script", () =>
  withSession(async (session) => {
    const host = inside(session);
    const refused: readonly [words: string, message: string, hint: string][] = [
      ["raise 99", "Cannot raise virq:99: EINVAL", "Xen knows VIRQs 0 to 23"],
      [
        "create 1",
        "Cannot create domain 1: EEXIST",
        "it exists already, or its name is taken: a simulated host starts with domains 0 to 7",
      ],
      [
        "create 9 --name guest1",
        "Cannot create domain 9: EEXIST",
        "it exists already, or its name is taken: a simulated host starts with domains 0 to 7",
      ],
      ["destroy 0", "Cannot destroy domain 0: EINVAL", "domain 0 is the host's own"],
      [
        "device vif 99",
        "Cannot make vif for domain 99 with its backend in domain 0: ESRCH",
        "there is no such domain: `create` makes one",
      ],
      [`store-write a ${"x".repeat(5000)}`, 'Cannot write "a": E2BIG', "a message to xenstored has at most 4096 bytes"],
    ];
    for (const [words, message, hint] of refused) {
      const op = words.split(" ")[0];
      const stderr = `evtchn: ${op}: ${message}\nhint: ${hint}\n`;
      assertEquals(await host.run(words), { status: 1, stdout: "", stderr }, words);
      const statement = await host.run(["run", "--simulator", "-e", words]);
      assertEquals(statement.stderr.split("\n").slice(1), [`hint: ${hint}`, ""]);
    }
  }));

test("who watches a destroyed domain, or waits for it, is told; a new domain of that number starts anew", () =>
  withSession(async (session) => {
    const [guest, toolstack] = [await session.connect(5), (await session.connect()).world()];
    await guest.allocUnbound(0);
    const subscription = await guest.subscribe({});
    const told = assertRejects(
      () => subscription.next(never()),
      DeviceError,
      "Cannot go on: domain 5 was destroyed: ENODEV",
    );
    assertEquals(await toolstack.destroyDomain(5), 0);
    await told;
    await assertRejects(() => guest.status(), UsageError, "Cannot act as domain 5");
    assertEquals(await toolstack.createDomain(5), 5);
    assertEquals(await guest.status(), []);
  }));

test("a session whose own domain is destroyed serves the others, and closes no handle twice", async () => {
  const source = await simulatedSource();
  await withSession(async (session) => {
    const [own, dom0] = [await session.connect(), await session.connect(0)];
    assertEquals(await own.world().destroyDomain(3), 0);
    await assertRejects(() => own.status(), UsageError, "Cannot act as domain 3");
    assertEquals(await dom0.status(), []);
    assertEquals(await dom0.world().createDomain(3), 3);
    assertEquals(await own.allocUnbound(0), 9);
    assertEquals(await dom0.world().destroyDomain(3), 0);
  }, { ...source, own: source.open!(3), domain: 3 });
});

test("a session on a real device refuses what is for a simulated host", async () => {
  const { own, holds, view } = await simulatedSource();
  await withSession(async (session) => {
    const host = inside(session);
    for (const words of ["raise tbuf", "create 9", "destroy 1", "device vif 1", "store-write a b", "store-rm a"]) {
      const op = words.split(" ")[0];
      assertEquals(await host.run(words), {
        status: 2,
        stdout: "",
        stderr: `evtchn: ${op}: Cannot use "${op}" here: this session holds a real device\n` +
          'hint: eval "$(evtchn session start --simulator)" starts one with a simulated host, after `evtchn session stop`\n',
      });
    }
  }, { own, holds, view });
});

test("without a session the commands of a simulated host are refused and say what to do", async () => {
  for (const place of ["", "--simulator ", "--device /dev/xen/evtchn "]) {
    const { status, stderr } = await new TestHost().run(`${place}raise tbuf`);
    assertEquals([status, stderr.split("\n")], [2, [
      'evtchn: raise: Cannot use "raise" here: it is for a simulated host that lives on',
      'hint: eval "$(evtchn session start --simulator)" starts one for this shell; `evtchn run --simulator` has one for a ' +
      "script",
      "",
    ]], place);
  }
});

test("a session's prompt completes the verbs of a simulated host and its arguments", () =>
  withSession(async (session) => {
    const host = inside(session);
    const ended = host.start("shell");
    const prompt = await host.prompted.promise;
    const complete = async (line: string) => (await prompt.options.complete(line))[0];
    assertEquals(await complete("des"), ["destroy"]);
    assertEquals(await complete("device v"), ["vbd", "vdispl", "vfb", "vif", "vkbd", "vscsi", "vsnd", "vtpm", "vusb"]);
    await prompt.type("create 9 --name web");
    await prompt.type("alloc-unbound web");
    await prompt.type(undefined);
    assertEquals([await ended, host.stdout.take(), host.stderr.take()], [0, "29\n", ""]);
  }));
