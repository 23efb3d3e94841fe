import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

/** The records that a command line prints. */
async function records(host: TestHost, line: string): Promise<Record<string, unknown>[]> {
  return (await host.ok(line)).split("\n").slice(0, -1).map((each) => JSON.parse(each));
}

test("a guest's ports are a table with names from xenstore", async () => {
  const { stdout, status, stderr } = await evtchn("--simulator list 1");
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.split("\n"), [
    "PORT  VCPU  STATE        BOUND TO                     DEVICE",
    "   1     0  interdomain  domain 0 (Domain-0) port 13  store",
    "   2     0  interdomain  domain 0 (Domain-0) port 14  console",
    "   3     0  virq         virq:timer",
    "   4     0  ipi          between its vCPUs",
    "   5     0  ipi          between its vCPUs",
    "   6     0  virq         virq:debug",
    "   7     0  ipi          between its vCPUs",
    "   8     0  ipi          between its vCPUs",
    "",
  ]);
});

test("a record has the fields of its state, and names only if xenstore answers", async () => {
  const host = new TestHost();
  const handle = host.exec();
  const [unbound, odd] = [handle.allocUnbound(5) as number, handle.bindVirq(21) as number];
  const records = (await host.ok("list --json")).split("\n");
  const dom0 = '{"op":"list","domain":0,';
  assertEquals([1, 2, 7, 13, unbound, odd].map((port) => records[port - 1]), [
    `${dom0}"port":1,"status":"virq","vcpu":0,"virq":"timer"}`,
    `${dom0}"port":2,"status":"ipi","vcpu":0}`,
    `${dom0}"port":7,"status":"pirq","vcpu":0,"pirq":9,"use":"acpi"}`,
    `${dom0}"port":13,"status":"interdomain","vcpu":0,"remote_domain":1,"remote_port":1,"remote_name":"guest1",` +
    '"device":"store","device_domain":1,"key":"port"}',
    `${dom0}"port":${unbound},"status":"unbound","vcpu":0,"remote_domain":5,"remote_name":"guest5"}`,
    `${dom0}"port":${odd},"status":"virq","vcpu":0,"virq":"arch_5"}`,
  ]);
});

test("without DOM it lists the own domain, and leaves no port bound", async () => {
  const host = new TestHost({ privcmd: "unrestricted" });
  for (const [line, domain] of [["list", 0], ["list self", 0], ["--simulator --as 3 list", 3]] as const) {
    const found = await records(host, `${line} --json`);
    assertEquals([...new Set(found.map((each) => each.domain))], [domain], line);
    assertEquals(found.map(({ port }) => port), Array.from({ length: domain === 0 ? 26 : 8 }, (_, i) => i + 1), line);
  }
  assertEquals(host.left(), []);
});

test("ports behind any number of closed ports are listed", async () => {
  const host = new TestHost();
  const handle = host.exec();
  const ports = Array.from({ length: 1000 }, () => handle.allocUnbound(5) as number);
  for (const port of ports.slice(0, -1)) handle.unbind(port);
  const found = await records(host, "list --json");
  assertEquals([found.length, found.at(-1)!.port], [27, ports.at(-1)]);
});

test("each of several domains has a heading and is listed once", async () => {
  const { stdout } = await evtchn("--simulator list 1 0 1");
  assertEquals(stdout.split("\n").filter((line) => /^Domain|^$/.test(line)), [
    "Domain 1 (guest1): 8 ports",
    "",
    "Domain 0 (Domain-0): 26 ports",
    "",
  ]);
  const all = await evtchn("--simulator list --all");
  assertEquals(all.stdout.match(/^Domain \d/gm), [0, 1, 2, 3, 4, 5, 6, 7].map((domain) => `Domain ${domain}`));
});

test("without xenstore, --all asks Xen for the domains", async () => {
  const { stdout } = await new TestHost({ xenstored: "no" }).run("list --all");
  assertEquals(stdout.match(/^Domain \d.*/gm)?.slice(0, 2), ["Domain 0: 26 ports", "Domain 1: 8 ports"]);
  assertEquals(stdout.match(/^Domain \d/gm)?.length, 8);
});

test("list --all without a list of domains names the device that cannot be opened", async () => {
  const { status, stderr } = await new TestHost({ xenstored: "no" }).run("--simulator --as 1 list --all");
  assertEquals([status, stderr.split("\n")[0]], [1, 'evtchn: list: Cannot open "/dev/xen/xenbus": ENOENT']);
  const neither = await new TestHost({ xenstored: "no", privcmd: "no" }).run("list --all");
  assertEquals(neither.stderr.split("\n")[0], 'evtchn: list: Cannot open "/dev/xen/privcmd": ENOENT');
});

test("one domain that cannot be listed does not stop the others, and ends with 1", async () => {
  const { status, stdout, stderr } = await evtchn("--simulator list 1 99 2");
  assertEquals([status, stdout.match(/^Domain \d/gm)], [1, ["Domain 1", "Domain 2"]]);
  assertEquals(
    stderr,
    "evtchn: list: Cannot list the ports of domain 99: ESRCH\n" +
      "hint: there is no such domain: `evtchn list --all` shows the ports of those that run\n",
  );
  const json = await evtchn("--simulator list 99 1 --json");
  assertEquals([json.status, json.stdout.split("\n").length, JSON.parse(json.stderr).error], [1, 9, "ESRCH"]);
});

test("a guest whose kernel makes no hypercalls sees nothing, and so does an ordinary user", async () => {
  assertEquals(await evtchn("--simulator --as 1 list 0"), {
    status: 1,
    stdout: "",
    stderr: "evtchn: list: Cannot list the ports of domain 0: EPERM\n" +
      "hint: only the control domain sees the ports of others; a guest sees its own where its xen-privcmd was loaded " +
      "with unrestricted=1, or is an older one\n",
  });
  assertEquals(
    (await evtchn("--simulator --as 1 list")).stderr.split("\n")[0],
    "evtchn: list: Cannot list the ports of this domain: EPERM",
  );
  assertEquals(await evtchn("--device sim:linux?privileged=no list"), {
    status: 1,
    stdout: "",
    stderr: 'evtchn: list: Cannot open "/dev/xen/privcmd": EACCES\nhint: hypercalls are root\'s: run it as root\n',
  });
});

test("list is the same on every handle, but refuses --fd", async () => {
  const host = new TestHost();
  host.variables.EVTCHN_FD = "77"; // not even open
  assertEquals((await records(host, "list 1 --json")).length, 8);
  assertEquals(await host.run("--fd 3 list"), {
    status: 2,
    stdout: "",
    stderr: "evtchn: list: Cannot use --fd with list: a descriptor shows only its own ports\n" +
      "hint: leave --fd out: it asks Xen, not the handle\n",
  });
  assertEquals((await records(new TestHost(), "--device /no/such/device list 0 --json")).length, 26);
  const together = await evtchn("--simulator list --all 3");
  assertEquals([together.status, together.stderr.split("\n")[0]], [
    2,
    "evtchn: list: Cannot list --all and domains by number together",
  ]);
});

test("a closed pipe ends list with 141 and no message, also between two domains", async () => {
  const host = new TestHost();
  host.stdout.broken = new Deno.errors.BrokenPipe("Broken pipe");
  assertEquals(await host.run("--simulator list 0 1"), { status: 141, stdout: "", stderr: "" });
});

test("a trace shows the hypercalls by name, and every close", async () => {
  const { stderr } = await evtchn("--simulator --trace list 1");
  const lines = stderr.split("\n");
  const call = (answer: string) =>
    `ioctl(3, IOCTL_PRIVCMD_HYPERCALL, {op=event_channel_op, EVTCHNOP_status, {${answer}`;
  assertEquals([0, 1, 2, 4, 6, 67].map((index) => lines[index]), [
    'open("/dev/xen/privcmd", O_RDWR|O_CLOEXEC) = 3',
    'open("/dev/xen/hypercall", O_RDWR|O_CLOEXEC) = 4',
    "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 4, 0) = 0x7f0000000000",
    call("dom=1, port=1, status=EVTCHNSTAT_interdomain, vcpu=0, remote_dom=0, remote_port=13}}) = 0"),
    call("dom=1, port=3, status=EVTCHNSTAT_virq, vcpu=0, virq=0}}) = 0"),
    call("dom=1, port=64}}) = -1 EINVAL"),
  ]);
  const opened = lines.flatMap((line) => /^open\(.* = (\d+)$/.exec(line)?.[1] ?? []).sort();
  const closed = lines.flatMap((line) => /^close\((\d+)\) = 0$/.exec(line)?.[1] ?? []).sort();
  assertEquals(closed, opened);
});

/** A host with a guest of a long name and a vif of two queues, at a terminal of so many columns. */
async function atTerminal(columns: number | undefined): Promise<TestHost> {
  const host = new TestHost();
  host.world.writeStore(1, "name", "a-guest-with-a-rather-long-name");
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, queues: 2 });
  host.variables.NO_COLOR = "1";
  Object.assign(host.stdout, { terminal: columns !== undefined, columns });
  return host;
}

const rowsOf = (text: string) => text.split("\n").filter((line) => /^ {2}(13|27) /.test(line));

test("the device of a port says its queue and direction", async () => {
  const host = await atTerminal(undefined);
  const text = await host.ok("--simulator list 1");
  assertEquals(text.match(/(?<=port \d+ +)vif.*/g), ["vif/0 q0 tx", "vif/0 q0 rx", "vif/0 q1 tx", "vif/0 q1 rx"]);
  const last = (await records(host, "--simulator list 1 --json")).at(-1)!;
  assertEquals([last.device, last.key], ["vif/0", "queue-1/event-channel-rx"]);
});

test("on a terminal names are cut so that the table fits; --wide and a pipe cut nothing", async () => {
  const whole = [
    "  13     0  interdomain  domain 1 (a-guest-with-a-rather-long-name) port 1   store",
    "  27     0  interdomain  domain 1 (a-guest-with-a-rather-long-name) port 9   vif/0 q0 tx",
  ];
  assertEquals(rowsOf(await (await atTerminal(undefined)).ok("--simulator list 0")), whole);
  assertEquals(rowsOf(await (await atTerminal(200)).ok("--simulator list 0")), whole);
  assertEquals(rowsOf(await (await atTerminal(60)).ok("--simulator list 0 --wide")), whole);
  assertEquals(rowsOf(await (await atTerminal(80)).ok("--simulator list 0")), [
    "  13     0  interdomain  domain 1 (a-guest-with-a...) port 1   store",
    "  27     0  interdomain  domain 1 (a-guest-with-a...) port 9   vif/0 q0 tx",
  ]);
});

test("on a narrow terminal the last columns stand below the others, and no more than names is cut", async () => {
  const narrow = async (columns: number) => await (await atTerminal(columns)).ok("--simulator list 0");
  const lines = (await narrow(58)).split("\n");
  assertEquals(lines.slice(0, 2), ["PORT  VCPU  STATE        BOUND TO", "      DEVICE"]);
  const of27 = lines.findIndex((line) => line.startsWith("  27 "));
  assertEquals(lines.slice(of27, of27 + 2), [
    "  27     0  interdomain  domain 1 (a-guest-wit...) port 9",
    "      vif/0 q0 tx",
  ]);
  const lower = (await narrow(46)).split("\n");
  const row = lower.findIndex((line) => line.startsWith("  27 "));
  assertEquals(lower[row], "  27     0  interdomain");
  assertMatch(lower[row + 1], /^ {6}domain 1 \(a-.*\) port 9/);
});

test("on any terminal no line of list is wider than it", async () => {
  for (const columns of [1, 10, 30, 40, 60, 80]) {
    const text = await (await atTerminal(columns)).ok("--simulator list 0 1");
    assertEquals(text.split("\n").filter((line) => line.length > columns), [], text);
  }
});

test("wide characters fill two columns of the table", async () => {
  const host = new TestHost();
  host.world.writeStore(1, "name", "日本");
  const rows = rowsOf(await host.ok("--simulator list 0"));
  assertEquals(rows, ["  13     0  interdomain  domain 1 (日本) port 1    store"]);
});
