import { assertEquals } from "@std/assert";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";
import { failure, faults, lines, results, script } from "../support/scripts.ts";

/** A world whose guests make hypercalls. */
const GUESTS = ["-d", "sim:linux?privcmd=unrestricted"];

test("a script lists its simulated host with its own binds, from any domain", async () => {
  const listed = await lines("p = alloc-unbound 5; list; @3 list; print $p", ...GUESTS);
  assertEquals(listed.filter((line) => /unbound/.test(line)), ["  27     0  unbound      waits for domain 5 (guest5)"]);
  assertEquals(listed.filter((line) => /^ *1 /.test(line)).map((line) => line.split(/ {2,}/).slice(1, 4)), [
    ["1", "0", "virq"],
    ["1", "0", "interdomain"],
  ]);
});

test("a list statement prints the command's records, each with its line", async () => {
  const records = await results("list 1\nlist 1 2\nlist 99");
  assertEquals(records[2], { op: "list", domain: 1, port: 3, status: "virq", vcpu: 0, virq: "timer", line: 1 });
  assertEquals(
    [1, 2].map((line) => records.filter((record) => record.line === line).map(({ domain }) => domain)),
    [[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]],
  );
  assertEquals(records.at(-1), {
    op: "list",
    error: "ESRCH",
    subject: "99",
    message: "Cannot list the ports of domain 99: ESRCH",
    hint: "there is no such domain: `evtchn list --all` shows the ports of those that run",
    line: 3,
  });
});

test("a domain that cannot be listed is told of between the others, as on the command line", async () => {
  const records = await results("list 1 99 2");
  const told = records.map(({ domain, error }) => domain ?? error);
  assertEquals(told, [...Array(8).fill(1), "ESRCH", ...Array(8).fill(2)]);
  const command = await new TestHost().run("--simulator list 1 99 2");
  const statement = await script("list 1 99 2");
  assertEquals(statement.stdout, command.stdout);
  assertEquals(statement.stderr, command.stderr.replace("evtchn: list:", "evtchn: run: -:1: list 1 99 2:"));
});

test("a guest in a script sees only its own ports", async () => {
  const { status, stderr } = await script("@3 list 3; @3 list 0", ...GUESTS);
  assertEquals([status, stderr.split("\n")[0]], [
    1,
    "evtchn: run: -:1: @3 list 0: Cannot list the ports of domain 0: EPERM",
  ]);
});

test("a domain that was destroyed and created again gets a new view", async () => {
  const count = (listed: string[]) => listed.filter((line) => /unbound/.test(line)).length;
  assertEquals(count(await lines("@3 alloc-unbound 0; @3 list; destroy 3; create 3; @3 list", ...GUESTS)), 1);
  const { stderr } = await script("list 3; destroy 3; list 3");
  assertEquals(stderr.split("\n")[0], "evtchn: run: -:1: list 3: Cannot list the ports of domain 3: ESRCH");
});

test("invalid words of list are found before anything runs", async () => {
  assertEquals(await faults("print a\nlist 5x\nlist --every\nx = list 1\nlist --all 1"), [
    '2: list 5x: Cannot use "5x" as a domain: expected 0 to 32751 (0x7FEF) or "self"',
    '3: list --every: There is no option "--every"',
    "4: x = list 1: Cannot name the ports of list: it has none",
    "5: list --all 1: Cannot list --all and domains by number together",
  ]);
  assertEquals(
    (await script("list --all 1")).stderr.split("\n")[0].replace("evtchn: run: -:", ""),
    "1: list --all 1: " +
      "Cannot list --all and domains by number together",
  );
});

test("on a device a script may name its own domain, and asks for its number only then", async () => {
  const host = new TestHost();
  assertEquals(
    (await host.run(["run", "-e", "@0 alloc-unbound 5; @self status; print done"])).stdout,
    [
      "27",
      "PORT  CHANNEL  STATE    REMOTE    MASKED  EVENTS",
      "  27  5:any    unbound  domain 5  no           0",
      "done",
      "",
    ].join("\n"),
  );
  const traced = async (text: string) => (await host.run(["run", "--trace", "-e", text])).stderr.includes("privcmd");
  assertEquals([await traced("print a"), await traced("@self status"), await traced("@0 status")], [
    false,
    false,
    true,
  ]);
  assertEquals(host.left(), []);
});

test("at a prompt the own domain may be named too, and is asked for only once", async () => {
  const host = new TestHost();
  const ended = host.start(["shell"]);
  const prompt = await host.prompted.promise;
  await prompt.type("p = alloc-unbound 5");
  await prompt.type("@0 status");
  await prompt.type("@3 status");
  await prompt.type("list 3");
  await prompt.type(undefined);
  assertEquals(await ended, 1); // @3 was refused
  assertEquals(host.stdout.text.match(/^ +27 .*$/gm)?.length, 1);
  assertEquals(host.stdout.text.match(/^ +\d+ +0 .*$/gm)?.length, 8);
  assertEquals(host.stderr.text.split("\n").slice(0, 2), [
    "evtchn: Cannot act as @3 on a real device",
    "hint: this device is domain 0's: write @0 or leave @ out",
  ]);
  assertEquals(host.left(), []);
});

test("a list statement fails if one of its domains does not exist", async () => {
  assertEquals(await failure("list 1 99"), "1: list 1 99: Cannot list the ports of domain 99: ESRCH");
});
