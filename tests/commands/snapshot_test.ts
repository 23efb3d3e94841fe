/** `collect`, --from, --diff, --host: verbs on recordings, which they do not know of. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { any, flag, verb, word } from "../../lib/cli/verb.ts";
import { COLLECT_SCRIPT } from "../../lib/snapshot/script.ts";
import { DEVICE_KIND_NAMES, FAULTS } from "../../lib/sim/toolstack/names.ts";
import { settle } from "../support/simulated.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

/** A host with devices, and its snapshot in the file `snap`. */
async function recorded(fault?: "unbound"): Promise<TestHost> {
  const host = new TestHost();
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault });
  await host.world.createDevice({ kind: "vbd", domain: 2, backend: 0, queues: 3 });
  host.files.snap = await host.ok("--simulator collect");
  host.kernels.length = 0;
  return host;
}

/** The records of a command line, without that of the snapshot. */
async function records(host: TestHost, line: string): Promise<string[]> {
  const { stdout, stderr } = await host.run(line);
  assertEquals(stderr, "", line);
  return stdout.split("\n").filter((each) => each !== "" && !each.startsWith('{"op":"snapshot"'));
}

const device = fc.record({
  kind: fc.constantFrom(...DEVICE_KIND_NAMES),
  domain: fc.integer({ min: 1, max: 7 }),
  backend: fc.constantFrom(0, 0, 3),
  queues: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  fault: fc.option(fc.constantFrom(...FAULTS), { nil: undefined }),
});
const node = fc.tuple(
  fc.constantFrom("name", "data/x", "device/vif/0/state", "device/vif/0/event-channel-tx", "device/vif/9/backend"),
  fc.string({ unit: "binary", maxLength: 20 }),
);

test("list and wiring of a snapshot are those of the host it was taken of", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(device, { maxLength: 5 }), fc.array(node, { maxLength: 4 }), async (devices, nodes) => {
      const host = new TestHost();
      for (const each of devices) await host.world.createDevice(each);
      for (const [path, value] of nodes) host.world.writeStore(0, `/local/domain/1/${path}`, value);
      host.files.snap = await host.ok("--simulator collect");
      for (const verb of ["list --all", "wiring --no-bits"]) {
        const live = await records(host, `--simulator ${verb} --json`);
        assert(live.length > 0);
        assertEquals(await records(host, `${verb} --json --from snap`), live, verb);
      }
      for (const verb of ["wiring --no-bits -q", "wiring --no-bits --format dot"]) {
        const live = await host.run(`--simulator ${verb}`);
        const { status, stdout } = await host.run(`${verb} --from snap`);
        assertEquals({ status, stdout }, { status: live.status, stdout: live.stdout }, verb);
      }
    }),
    { numRuns: 8 },
  );
});

test("what else only looks says the same of a snapshot", async () => {
  const host = await recorded("unbound");
  host.exec();
  host.files.snap = await host.ok("--simulator collect");
  for (const verb of ["list --all --pending", "list --all --summary", "stats", "holders", "wiring --all --no-bits"]) {
    const live = await records(host, `--simulator ${verb} --json`);
    assert(live.length > 0, verb);
    assertEquals(await records(host, `${verb} --json --from snap`), live, verb);
  }
});

test("a snapshot of a session's host, and of a snapshot, is the same", async () => {
  const host = await recorded();
  const again = await host.run("collect --from snap");
  assertEquals(again.status, 0);
  assertEquals(again.stdout, host.files.snap);
});

test("a snapshot of a guest that sees little says what it could not see", async () => {
  const host = new TestHost();
  host.files.snap = await host.ok("--simulator --as 3 collect");
  assertMatch(host.files.snap, /^section domains\nmissing .*EPERM$/m);
  const { status, stdout } = await host.run("wiring --json --from snap");
  assertEquals(status, 1);
  assert(!stdout.includes('"verdict":"ok"') && stdout.includes('"verdict":"unknown"'), stdout);
});

test("a snapshot is not written to a terminal, on which a guest's text could act; its program is", async () => {
  const host = new TestHost();
  host.stdout.terminal = true;
  const { status, stdout, stderr } = await host.run("--simulator collect");
  assertEquals([status, stdout, stderr.split("\n")[0]], [
    2,
    "",
    "evtchn: collect: Cannot write a snapshot to a terminal: guests wrote parts of it",
  ]);
  assertEquals(await host.ok("collect --script"), COLLECT_SCRIPT);
});

test("passwords and clipboards in xenstore stay out of a snapshot", async () => {
  const host = new TestHost();
  host.world.writeStore(0, "/local/domain/0/backend/vfb/1/0/vncpasswd", "hidden-1");
  host.world.writeStore(0, "/local/domain/1/data/set_clipboard", "hidden-2");
  const text = await host.ok("--simulator collect");
  assertStringIncludes(text, '/vncpasswd = ""');
  assert(!text.includes("hidden-"));
});

test("--no-debug-key presses no key, and ports are shown all the same", async () => {
  const host = new TestHost();
  host.files.snap = await host.ok("--simulator collect --no-debug-key");
  assertStringIncludes(host.files.snap, "section dump e\nmissing --no-debug-key was given\n");
  assertEquals(
    await records(host, "list --all --json --from snap"),
    await records(host, "--simulator list --all --json"),
  );
});

test("people are told on stderr whose snapshot it is and how old, records begin with that", async () => {
  const host = await recorded();
  host.files.snap = host.files.snap.replace(/^time .*$/m, "time 2026-01-01T00:00:00Z\nhost xen1");
  host.clock.advance(0);
  const now = host.clock.now();
  const at = (seconds: number) => host.files.snap.replace(/^time .*$/m, `time ${stamp(now - seconds * 1e6)}`);
  for (
    const [seconds, age] of [
      [0, "just now"],
      [1, "1 second ago"],
      [200, "3 minutes ago"],
      [3600, "1 hour ago"],
      [200_000, "2 days ago"],
      [-7200, "2 hours ahead of this clock"],
    ] as const
  ) {
    host.files.other = at(seconds);
    const { status, stderr } = await host.run("list 1 --from other");
    assertEquals([status, stderr], [0, `evtchn: list: host xen1, ${age}\n`]);
  }
  host.files.short = at(1).replace(/end\n$/, "");
  assertMatch((await host.run("list 1 --from short")).stderr, /host xen1, 1 second ago; its end is missing\n$/);
  const { stdout, stderr } = await host.run("list 1 --json --from other");
  assertEquals(stderr, "");
  assertMatch(stdout, /^\{"op":"snapshot","host":"xen1","time":"[^"]+"\}\n\{"op":"list"/);
});

const stamp = (micros: number) => new Date(Math.floor(micros / 1000)).toISOString().replace(/\.\d+Z/, "Z");

test("domains are named as in the snapshot", async () => {
  const host = await recorded();
  const [byName, byNumber] = [await host.run("list guest1 --from snap"), await host.run("list 1 --from snap")];
  assertEquals(byName, byNumber);
  const { status, stderr } = await host.run("list nobody --from snap");
  assertEquals([status, stderr.includes('Cannot find a domain named "nobody"')], [1, true]);
});

test("no verb touches this host when it looks at a snapshot, and those that have to are refused", async () => {
  const host = await recorded();
  for (const { name, load, only } of VERBS.values()) {
    if (only === "hidden" || name === "session") continue;
    const { examples = [] } = (await load()).default;
    for (const example of only === "script" ? [name] : examples) {
      const words = [...example.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
      const program = words.indexOf("--");
      const common = ["--from", "snap"];
      const line = program < 0
        ? [...words, ...common]
        : [...words.slice(0, program), ...common, ...words.slice(program)];
      const { status, stderr } = await host.run(line);
      assert([0, 1, 2, 3].includes(status), `${line.join(" ")}: ${status} ${stderr}`);
      assertEquals(host.kernels, [], line.join(" "));
    }
  }
  for (const verb of ["notify 7", "watch", "status", "virqs", "top"]) {
    const { status, stderr } = await host.run(`${verb} --from snap`);
    assertEquals([status, stderr.split("\n")[0]], [
      2,
      `evtchn: ${verb.split(" ")[0]}: Cannot use ${verb.split(" ")[0]} on a snapshot: it needs the host itself`,
    ]);
  }
});

test("why says of a snapshot what a port is, and who holds a VIRQ, and tries nothing", async () => {
  const host = await recorded("unbound");
  const [, offered] = /"port":(\d+),"status":"unbound"/.exec(await host.ok("list 1 --json --from snap"))!;
  for (
    const [channel, status, text] of [
      ["1", 0, "port 1 is virq:timer on vCPU 0"],
      ["999", 3, "nobody in this domain holds port 999"],
      [`1:${offered}`, 0, "it waits for domain 0 to bind it"],
      ["1:1", 3, "port 1 of domain 1 is taken: it is bound to port 13 of this domain"],
      ["web:1", 1, ""],
      ["99:1", 3, "there is no domain 99"],
      ["virq:timer", 3, "port 1 of this domain holds it"],
      ["virq:arch_7", 0, "nobody in this domain holds it"],
      ["1:any", 2, ""],
    ] as const
  ) {
    const answer = await host.run(`why ${channel} --from snap`);
    assertEquals([answer.status, answer.stdout.includes(text)], [status, true], `${channel}: ${answer.stdout}`);
  }
  assertEquals(host.kernels, []);
});

test("decode reads a snapshot's dump, by --from or as a file", async () => {
  const host = await recorded();
  const { status, stdout } = await host.run("decode --from snap");
  assertEquals([status, stdout.includes("Domain 1: ")], [0, true]);
  assertEquals((await host.run("decode snap")).stdout, stdout);
});

test("a verb's own option counts, where a common one has its name", async () => {
  const seen: unknown[] = [];
  const own = verb({
    help: "",
    options: { diff: flag("x"), host: flag("y") },
    arguments: any(word("X", "x")),
    records: [],
    run: (_act, options, args) => void seen.push([options.diff, options.host, ...args]),
  });
  const table = new Map([["own", {
    name: "own",
    group: "",
    brief: "",
    load: () => Promise.resolve({ default: own }),
  }]]);
  for (const line of ["own --diff a b", "own a b --diff --json", "own --host --diff a", "--json own a --host"]) {
    assertEquals(await runCommandLine(line.split(" "), new TestHost(), table), 0, line);
  }
  assertEquals(seen, [
    [true, undefined, "a", "b"],
    [true, undefined, "a", "b"],
    [true, true, "a"],
    [undefined, true, "a"],
  ]);
});

test("options that choose a handle, or wait for changes, are refused with a snapshot", async () => {
  const host = await recorded();
  for (
    const [line, message] of [
      ["list --from snap --simulator", "Cannot use --from and --simulator together"],
      ["list --from snap -d /x", "Cannot use --from and --device together"],
      ["list --from snap --session /x", "Cannot use --from and --session together"],
      ["list --from snap --as 5", "Cannot use --from and --as together"],
      ["list --from snap --trace", "Cannot use --from and --trace together"],
      ["list --host a --fd 3", "Cannot use --host and --fd together"],
      ["list --from snap --host a", "Cannot use --from and --host together: each says where to look"],
      ["wiring --watch --from snap", "Cannot use --watch with --from: a snapshot does not change"],
      ["list --diff snap", "Cannot use --diff without --from"],
      ["list --from snap --sudo", "Cannot use --sudo without --host"],
      ["list --from snap --from snap", "The option --from is given twice"],
      ["list --host -oProxyCommand=x", "The option --host needs a value"],
      ["list --host=-oProxyCommand=x", 'Cannot use "-oProxyCommand=x" as a host: expected NAME or USER@NAME'],
      ["list --host=x@-y", 'Cannot use "x@-y" as a host: expected NAME or USER@NAME'],
      ["list --from=", "The option --from needs a value"],
      ["wiring --host a --host b --format svg", "Cannot use --format with several hosts: name one"],
    ] as const
  ) {
    const { status, stdout, stderr } = await host.run(line);
    assertEquals([status, stdout, stderr.split("\n")[0].replace(/^evtchn: \w+: /, "")], [2, "", message], line);
  }
  assertMatch((await host.run("collect --json")).stderr, /Cannot use --json with collect: a snapshot has one form/);
  host.variables.EVTCHN_SESSION = "/nowhere";
  assertEquals((await host.run("list 1 --from snap")).status, 0);
});

test("what is no snapshot is refused in words", async () => {
  const host = new TestHost();
  host.files.other = "hello\n";
  host.files.later = "evtchn-snapshot 7\n";
  assertMatch((await host.run("list --from other")).stderr, /Cannot look at "other": it is no snapshot and no output/);
  assertMatch((await host.run("list --from later")).stderr, /it is of version "7"/);
  assertMatch((await host.run("list --from nothing")).stderr, /Cannot read "nothing": there is no such file/);
  assertMatch((await host.run("list --from report.tar.bz2")).stderr, /Cannot run "tar", which unpacks: ENOENT\nhint: /);
});

test("standard input can be the snapshot", async () => {
  const host = await recorded();
  host.files["-"] = host.files.snap;
  for (const from of ["--from -", "--from=-"]) assertEquals((await host.run(`wiring ${from}`)).status, 0);
});

/** The bare outputs in a snapshot, as the tools print them. */
function bare(snapshot: string, section: string): string {
  const text = snapshot.split(`section ${section}\n`)[1].split("\nstatus")[0];
  return text.split("\n").map((line) => line.slice(1)).join("\n") + "\n";
}

test("a folder with bare outputs, and a status report, are looked at as a snapshot is", async () => {
  const host = await recorded("unbound");
  const wanted = await host.run("wiring -q --from snap");
  assertEquals(wanted.status, 3);
  const [store, dump] = [bare(host.files.snap, "command xenstore-ls -f"), bare(host.files.snap, "dump e")];
  Object.assign(host.files, { "out/store.txt": store, "out/dmesg": dump, "out/notes": "hello\n" });
  host.folders.out = ["dmesg", "notes", "store.txt"];
  assertEquals((await host.run("wiring -q --from out")).stdout, wanted.stdout);
  // One of them alone tells a part.
  const { status, stdout } = await host.run("wiring --from out/store.txt --json");
  assertEquals([status, stdout.includes('"verdict":"ok"')], [1, false]);
  assertEquals((await host.run("list 1 --json --from out/dmesg")).status, 0);

  const members: Record<string, string> = {
    "bug-1/inventory.xml": '<system-summary date="x" hostname="xs1" user="root"/>',
    "bug-1/xenstore-ls-f.out": store,
    "bug-1/xl-dmesg.out": dump,
    "bug-1/var/log/messages": "secret",
  };
  const asked: string[] = [];
  host.onCapture = (command, args) => {
    asked.push(`${command} ${args.join(" ")}`);
    const listing = args.some((arg) => arg === "-tf" || arg === "-Z1");
    return { stdout: listing ? Object.keys(members).join("\n") + "\n" : members[args.at(-1)!] };
  };
  for (const name of ["report.tar.bz2", "report.zip"]) {
    const report = await host.run(`wiring -q --from ${name}`);
    assertEquals([report.stdout, report.stderr], [
      wanted.stdout,
      "evtchn: wiring: host xs1, at a time that is not told\n",
    ]);
  }
  assert(!asked.some((each) => each.includes("messages")), asked.join("\n"));
  assertEquals(asked[0], "tar -tf report.tar.bz2");
});

test("a folder with several snapshots is refused", async () => {
  const host = await recorded();
  Object.assign(host.files, { "all/a": host.files.snap, "all/b": host.files.snap });
  host.folders.all = ["a", "b"];
  assertMatch((await host.run("list --from all")).stderr, /Cannot look at "all": it has 2 snapshots\nhint: name one/);
  host.folders.all = ["a"];
  assertEquals((await host.run("list 1 --from all")).status, 0);
});

test("--diff says what is different, with status 3, or nothing, with status 0", async () => {
  const host = await recorded();
  host.files.later = host.files.snap
    .replace(/(device\/vif\/0\/state = )"4"/, '$1"5"')
    .replace(/^ \/local\/domain\/2\/device\/vbd\/.*\n/gm, "");
  assertEquals((await host.run("wiring --from snap --diff snap")).status, 0);
  const { status, stdout } = await host.run("wiring --from snap --diff later");
  assertEquals([status, stdout.split("\n").length - 1], [3, 5]);
  assertMatch(stdout, /^~ domain 1 device vif\/0 key event-channel-tx: .*frontend_state Connected -> Closing/m);
  assertMatch(stdout, /^- domain 2 device vbd\/51712 key queue-0\/event-channel: /m);
  const json = (await host.run("wiring --json --from later --diff snap")).stdout.trimEnd().split("\n");
  assertEquals(json.map((line) => JSON.parse(line).change).sort(), ["changed", "changed", "new", "new", "new"]);
  assertMatch((await host.run("collect --from snap --diff later")).stderr, /Cannot use --diff with collect/);
});

/** A host whose ssh answers for others. */
async function withHosts(fault?: "unbound"): Promise<{ host: TestHost; calls: string[][] }> {
  const host = await recorded(fault);
  const calls: string[][] = [];
  host.onCapture = (command, args) => {
    calls.push([command, ...args]);
    const name = args[args.indexOf("--") + 1];
    if (name === "down") return { status: 255, stderr: "ssh: connect to host down port 22: Connection refused\r\n" };
    if (name === "odd") return { status: 127, stderr: "sh: not found\n", stdout: "Welcome\n" };
    if (name === "full") return { status: 137, over: true };
    const banner = name === "chatty" ? "Welcome to chatty\n" : "";
    return { stdout: banner + host.files.snap.replace("\nsection", `\nhost ${name}.example\nsection`) };
  };
  return { host, calls };
}

test("--host runs the program through ssh, which never asks, and shows the answer", async () => {
  const { host, calls } = await withHosts();
  const wanted = (await host.run("wiring --from snap")).stdout;
  const { status, stdout, stderr } = await host.run("wiring --host root@xen1");
  assertEquals([status, stdout, stderr], [0, wanted, "evtchn: wiring: host root@xen1.example, just now\n"]);
  assertEquals(calls, [
    ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T", "--", "root@xen1", "sh -s"],
  ]);
  assertEquals(host.inputs, [COLLECT_SCRIPT]);
  await host.run("wiring --host xen1 --sudo --no-debug-key");
  assertEquals(calls[1].slice(-2), ["xen1", "sudo -n sh -s -- --no-debug-key"]);
  assertEquals((await host.run("wiring --host chatty")).stdout, wanted);
});

test("of several hosts each line begins with the name, each record has it first", async () => {
  const { host } = await withHosts();
  const one = (await host.run("list 1 --host a")).stdout.trimEnd().split("\n");
  const { status, stdout, stderr } = await host.run("list 1 --host a --host bcd");
  const expected = [...one.map((line) => `a    ${line}`), ...one.map((line) => `bcd  ${line}`)];
  assertEquals([status, stdout.trimEnd().split("\n")], [0, expected]);
  assertEquals(stderr, "evtchn: a: list: host a.example, just now\nevtchn: bcd: list: host bcd.example, just now\n");
  const json = (await host.run("list 1 --json --host a --host bcd")).stdout.trimEnd().split("\n");
  assertEquals([...new Set(json.map((line) => /^\{"host":"(\w+)","op":"(?:snapshot|list)"/.exec(line)?.[1]))], [
    "a",
    "bcd",
  ]);
});

test("a host that does not answer is a row with its reason: status 1, or 3 where another has a fault", async () => {
  const { host } = await withHosts();
  const down = 'Cannot look at host "down": ssh: connect to host down port 22: Connection refused: EHOSTUNREACH';
  const quiet = await host.run("wiring -q --host a --host down --host odd --host full");
  assertEquals([quiet.status, quiet.stdout.split("\n")], [1, [
    `down  ${down}`,
    'odd   Cannot look at host "odd": sh: not found: EPROTO',
    'full  Cannot look at host "full": its answer has more than 32 MiB: EFBIG',
    "",
  ]]);
  const alone = await host.run("wiring --host down");
  assertEquals([alone.status, alone.stderr.split("\n")[0]], [1, `evtchn: wiring: ${down}`]);
  const json = await host.run("wiring --json --host a --host down");
  assertMatch(json.stderr, /^\{"host":"down","op":"wiring","error":"EHOSTUNREACH","subject":"down"/);
  const faulty = await withHosts("unbound");
  assertEquals((await faulty.host.run("wiring -q --host a --host down")).status, 3);
});

test("a host that takes too long is given up, and its ssh ended", async () => {
  const host = new TestHost();
  host.onCapture = (_command, _args, signal) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve({ status: 137 })));
  const running = host.start("wiring --host slow");
  for (let second = 0; second < 61; second++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await settle();
    host.clock.advance(1000);
  }
  assertEquals(await running, 1);
  assertMatch(host.stderr.text, /it took more than 60 s: ETIMEDOUT/);
});

test("no more than 16 hosts are asked at the same time, and all answers come in order", async () => {
  const { host } = await withHosts();
  const answer = host.onCapture;
  let [asking, most] = [0, 0];
  host.onCapture = async (command, args, signal) => {
    most = Math.max(most, ++asking);
    await settle();
    asking--;
    return await answer(command, args, signal);
  };
  host.files.fleet = Array.from({ length: 40 }, (_, i) => `host${i}  # rack ${i}\n`).join("\n# end\n");
  const { status, stdout } = await host.run("wiring --summary 1 --hosts fleet --host host0");
  assertEquals(status, 0);
  assertEquals(most, 16);
  const names = stdout.split("\n").filter((line) => line.includes("guest1")).map((line) => line.split(" ")[0]);
  assertEquals(names, Array.from({ length: 40 }, (_, i) => `host${i}`));
  host.files.none = "# nobody\n";
  assertMatch((await host.run("list --hosts none")).stderr, /it names none/);
});
