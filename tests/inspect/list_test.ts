import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { askedList, listPorts, type PortList } from "../../lib/inspect/list.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { domainText, portRecords } from "../../lib/render/list.ts";
import { recordLine } from "../../lib/render/json.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { test } from "../support/test.ts";
import { FakeView } from "../support/fake_view.ts";

async function lists(view: FakeView, domains: number[], all = false): Promise<(PortList | DeviceError)[]> {
  const found = [];
  for await (const list of listPorts(view, askedList(all, domains))) found.push(list);
  return found;
}

/** Domain 1's network card, connected to port 31 of domain 0, and a port for domain 9, which has no name. */
function wired(): FakeView {
  const view = new FakeView();
  view.put("/local/domain/0", { name: "Domain-0" });
  view.put("/local/domain/1", { name: "web" });
  view.put("/local/domain/1/device/vif/0", {
    "event-channel": "5",
    "backend": "/local/domain/0/backend/vif/1/0",
    "backend-id": "0",
    "state": "4",
  });
  view.bind(1, 5, 0, 31);
  return view.set(1, 6, { status: "unbound", vcpu: 1, remoteDomain: 9 });
}

const lines = (list: PortList | DeviceError) => `${domainText(list as PortList, true, PLAIN)}\n`.split("\n");

test("both ends of a channel have the names of the device and the remote domain", async () => {
  const [guest, dom0] = await lists(wired(), [1, 0]);
  assertEquals([lines(guest), lines(dom0)], [
    [
      "Domain 1 (web): 2 ports",
      "PORT  VCPU  STATE        BOUND TO                     DEVICE",
      "   5     0  interdomain  domain 0 (Domain-0) port 31  vif/0",
      "   6     1  unbound      waits for domain 9",
      "",
    ],
    [
      "Domain 0 (Domain-0): 1 port",
      "PORT  VCPU  STATE        BOUND TO               DEVICE",
      "  31     0  interdomain  domain 1 (web) port 5  vif/0",
      "",
    ],
  ]);
  assertEquals(
    portRecords(dom0 as PortList).map(recordLine).join(""),
    '{"op":"list","domain":0,"port":31,"status":"interdomain","vcpu":0,"remote_domain":1,"remote_port":5,' +
      '"remote_name":"web","device":"vif/0","device_domain":1,"key":"event-channel"}\n',
  );
});

test("if xenstore cannot be read, names and devices are left out", async () => {
  const errno = (errno: "ENOENT" | "ETIMEDOUT" | "EACCES") => new DeviceError("xenstore", errno, "x", "Cannot read x");
  const refuse: FakeView["refuse"][] = [
    { store: errno("ENOENT") },
    { read: () => errno("ETIMEDOUT") },
    { read: () => errno("EACCES") },
  ];
  for (const refused of refuse) {
    const view = wired();
    Object.assign(view.refuse, refused);
    const [dom0] = await lists(view, [0]);
    assertEquals(lines(dom0), [
      "Domain 0: 1 port",
      "PORT  VCPU  STATE        BOUND TO",
      "  31     0  interdomain  domain 1 port 5",
      "",
    ]);
  }
});

test("all lists the domains that Xen has if xenstored falls silent", async () => {
  const view = wired();
  view.fallSilent();
  assertEquals((await lists(view, [], true)).map((list) => lines(list)[0]), ["Domain 0: 1 port", "Domain 1: 2 ports"]);
  assertEquals(view.silent?.errno, "ETIMEDOUT");
});

test("an error that is not a DeviceError is thrown", async () => {
  const view = wired();
  view.refuse.read = () => new TypeError("a bug");
  await assertRejects(() => lists(view, [0]), TypeError, "a bug");
});

test("the caller's domain is listed by its number, or as self if it is unknown", async () => {
  const view = wired();
  view.own = 1;
  assertEquals(lines((await lists(view, []))[0])[0], "Domain 1 (web): 2 ports");
  view.own = undefined;
  assertEquals(lines((await lists(view, [DOMID_SELF]))[0])[0], "Domain self: 1 port");
});

test("all lists the domains in xenstore, ascending, with an error for a destroyed one", async () => {
  const view = wired();
  view.put("/local/domain/12", { name: "late" });
  const found = await lists(view, [], true);
  assertEquals(found.map((each) => each instanceof Error ? each.message : each.domain), [
    0,
    1,
    "Cannot list the ports of domain 12: ESRCH",
  ]);
});

test("without xenstore, all lists the domains that Xen shows", async () => {
  const view = wired();
  view.refuse.store = new DeviceError("xenstore", "ENOENT", "x", "Cannot open x");
  const found = await lists(view, [], true);
  assertEquals(found.map((each) => each instanceof Error ? each.message : each.domain), [0, 1]);
  view.refuse.xen = new DeviceError("sysctl", "EPERM", "sysctl", "Cannot list Xen's domains");
  assertEquals((await lists(view, [], true)).length, 2);
  for (const domain of [0, 1]) view.answers.set(`${domain}:0`, "EPERM");
  await assertRejects(() => lists(view, [], true), DeviceError, "Cannot open x: ENOENT");
  view.refuse.store = new TypeError("a bug");
  await assertRejects(() => lists(view, [], true), TypeError, "a bug");
});

test("a refusal of the only domain is thrown", async () => {
  await assertRejects(() => lists(wired(), [12]), DeviceError, "Cannot list the ports of domain 12: ESRCH");
  assertEquals((await lists(wired(), [12, 12, 1])).length, 2);
  await assertRejects(() => lists(wired(), [1], true), UsageError, "Cannot list --all and domains by number together");
});

test("control characters in names from xenstore are escaped", async () => {
  const view = wired();
  view.put("/local/domain/1", { name: "a\x1b[2Jb\nc" });
  view.put("/local/domain/1/device/vif/0\x07", { "event-channel": "5", "state": "4" });
  const text = (await lists(view, [0, 1])).flatMap(lines).join("\n");
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x09\x0B-\x1F]/.test(text), false, text);
  assertEquals(text.includes("Domain 1 (a\\x1b[2Jb\\nc): 2 ports"), true, text);
});

test("a device without a port is not named", async () => {
  const view = wired();
  view.put("/local/domain/1/device/vbd/51712", { backend: "/local/domain/0/backend/vbd/1/51712", state: "1" });
  const [guest] = await lists(view, [1]);
  assertEquals((guest as PortList).ports.map(({ claims }) => claims?.[0].device), ["vif/0", undefined]);
});

test("a port that two devices claim shows both, that of the toolstack first", async () => {
  const view = wired().put("/local/domain/1", { "console/port": "5" });
  const [guest, dom0] = await lists(view, [1, 0]);
  assert(lines(guest)[2].endsWith("port 31  console, vif/0"), lines(guest)[2]);
  assert(lines(dom0)[2].endsWith("port 5  console, vif/0"), lines(dom0)[2]);
  const [record] = portRecords(guest as PortList);
  assertEquals([record.device, record.device_domain], ["console", 1]);
  assertEquals(record.claims, [{ device: "console", domain: 1, key: "port" }, {
    device: "vif/0",
    domain: 1,
    key: "event-channel",
  }]);
});

test("a domain hides no other one's claim by a claim of its own", async () => {
  const view = wired().put("/local/domain/0", { "device/vbd/1/event-channel": "31", "device/vbd/1/state": "4" });
  const [dom0] = await lists(view, [0]);
  assert(lines(dom0)[2].endsWith("vbd/1 of domain 0, vif/0 of domain 1"), lines(dom0)[2]);
});

test("of a thousand devices that claim a port three are named, and a count", async () => {
  const view = wired();
  for (let i = 1; i < 300; i++) view.put(`/local/domain/1/device/vif/${i}`, { "event-channel": "5", "state": "4" });
  const [guest] = await lists(view, [1]);
  assert(lines(guest)[2].endsWith("vif/0, vif/1, vif/2 and 297 more"), lines(guest)[2]);
});
