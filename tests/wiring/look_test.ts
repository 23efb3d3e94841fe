import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { DeviceError } from "../../lib/errors.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { FakeView } from "../support/fake_view.ts";
import { test } from "../support/test.ts";
import { behind, brief, channelsOf, TestHostView } from "../support/wired_host.ts";

/** A connected device of each kind and shape, with its ports by key. */
const SHAPES: readonly [device: string, keys: Readonly<Record<string, number>>][] = [
  ["vif/0", { "event-channel": 10 }],
  ["vif/1", { "event-channel-tx": 11, "event-channel-rx": 12, "event-channel-ctrl": 13 }],
  ["vif/2", { "queue-0/event-channel": 14, "queue-1/event-channel": 15 }],
  ["vif/10", { "queue-0/event-channel-tx": 16, "queue-0/event-channel-rx": 17 }],
  ["vbd/51712", { "event-channel": 20 }],
  ["vbd/51728", { "queue-0/event-channel": 21, "queue-1/event-channel": 22 }],
  ["console/1", { "port": 23 }],
  ["9pfs/0", { "event-channel-0": 24, "event-channel-1": 25 }],
  ["vkbd/0", { "event-channel": 26 }],
  ["vfb/0", { "event-channel": 27 }],
  ["vusb/0", { "event-channel": 28 }],
  ["vscsi/0", { "event-channel": 29 }],
  ["vtpm/0", { "event-channel": 30 }],
  ["pci/0", { "event-channel": 31 }],
  ["vdispl/0", { "0/req-event-channel": 32, "0/evt-event-channel": 33 }],
  ["vsnd/0", { "0/0/event-channel": 34, "0/1/event-channel": 35, "0/1/evt-event-channel": 36 }],
];

for (const [device, keys] of SHAPES) {
  test(`the ports of a ${device} with ${Object.keys(keys).join(", ")} are found, and bound`, async () => {
    const view = new TestHostView().guest(1).device(1, device, keys);
    const channels = (await channelsOf(view, 1)).filter(({ claim }) => claim.device === device);
    const name = ([key, port]: [string, number]) => `${device} ${key} ${port} ok`;
    assertEquals(brief(channels).sort(), Object.entries(keys).map(name).sort());
    for (const { claim, xen, port } of channels) {
      assertEquals(claim.backendDomain, 0);
      assertEquals([claim.frontendState, claim.backendState], ["Connected", "Connected"]);
      assertEquals(xen, {
        status: { status: "interdomain", vcpu: 0, remoteDomain: 0, remotePort: behind(1, port!) },
        peer: { status: "interdomain", vcpu: 0, remoteDomain: 1, remotePort: port! },
        peerExists: true,
      });
    }
  });
}

test("devices are sorted by kind and number, after the console and the store", async () => {
  const view = new TestHostView().guest(1);
  for (const [device, keys] of SHAPES) view.device(1, device, keys);
  const devices = [...new Set((await channelsOf(view, 1)).map(({ claim }) => claim.device))];
  assertEquals(devices.slice(0, 7), ["console", "store", "console/1", "vif/0", "vif/1", "vif/2", "vif/10"]);
  assertEquals(devices.length, SHAPES.length + 2);
});

test("a console and a store have no states, and are ok without", async () => {
  const channels = await channelsOf(new TestHostView().guest(1), 1);
  assertEquals(brief(channels), ["console port 2 ok", "store port 1 ok"]);
  assertEquals(channels.map(({ claim }) => [claim.backendDomain, claim.frontendState]), [[0, undefined], [
    undefined,
    undefined,
  ]]);
});

test("the suspend channel is shown if the guest offers it", async () => {
  const view = new TestHostView().guest(1);
  assertEquals(brief(await channelsOf(view, 1)).length, 2);
  view.put("/local/domain/1", { "device/suspend/event-channel": "9" });
  view.set(1, 9, { status: "unbound", vcpu: 0, remoteDomain: 0 });
  assertEquals(brief(await channelsOf(view, 1)).slice(2), ["suspend event-channel 9 idle"]);
});

test("each fault of a device is found", async () => {
  const view = new TestHostView().guest(1);
  view.device(1, "vif/0", { "event-channel-tx": 10 });
  view.device(1, "vif/1", {}, { state: "1", backendState: "2" });
  view.device(1, "vif/2", { "event-channel": 12 }, { bound: false });
  view.device(1, "vif/3", { "event-channel": 5000 }, { bound: false });
  view.device(1, "vif/4", { "event-channel": 14 }, { bound: false });
  view.set(1, 14, { status: "unbound", vcpu: 0, remoteDomain: 0 });
  view.device(1, "vif/5", { "event-channel": 15 }, { bound: false, state: "3", backendState: "2" });
  view.set(1, 15, { status: "unbound", vcpu: 0, remoteDomain: 0 });
  view.device(1, "vif/6", { "event-channel": 16 }, { bound: false, backend: 9 });
  view.set(1, 16, { status: "unbound", vcpu: 0, remoteDomain: 9 });
  view.device(1, "vif/7", { "event-channel": 17 });
  view.device(1, "vbd/7", { "event-channel": 17 });
  view.device(1, "vbd/8", { "event-channel": 18 }, { bound: false }).guest(2).bind(1, 18, 2, 50);
  view.device(1, "vbd/9", { "event-channel": 17 }, { bound: false, state: "6", backendState: "6" });
  assertEquals(brief(await channelsOf(view, 1)).slice(2), [
    "vif/0 event-channel-tx 10 ok",
    "vif/0 event-channel-rx - unwritten",
    "vif/1 event-channel - unwritten",
    "vif/2 event-channel 12 closed",
    "vif/3 event-channel 5000 closed",
    "vif/4 event-channel 14 unbound",
    "vif/5 event-channel 15 waiting",
    "vif/6 event-channel 16 gone",
    "vif/7 event-channel 17 shared",
    "vbd/7 event-channel 17 shared",
    "vbd/8 event-channel 18 elsewhere",
    "vbd/9 event-channel 17 idle",
  ]);
});

test("the same port number in two domains is not shared", async () => {
  const view = new TestHostView().guest(1).guest(2).device(1, "vif/0", { "event-channel": 10 })
    .device(2, "vif/0", { "event-channel": 10 });
  assert((await channelsOf(view)).every(({ verdict }) => verdict === "ok"));
});

test("texts that are not ports are invalid", async () => {
  for (
    const text of ["abc", "-1", "0", "4294967296", "1e3", "0x5", " 5", "5\n", "5 ", "\u001b[31m", "9".repeat(4000)]
  ) {
    const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": text });
    const [, , channel] = await channelsOf(view, 1);
    assertEquals([channel.port, channel.verdict], [undefined, "invalid"], text);
  }
  for (const [text, port] of [["4294967295", 4294967295], ["0012", 12]] as const) {
    const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": text });
    const [, , channel] = await channelsOf(view, 1);
    assertEquals([channel.port, channel.verdict], [port, "closed"], text);
  }
});

test("an invalid backend path of a guest is not read", async () => {
  const made = [
    "/tool/secret",
    "/local/domain/0/backend",
    "../x",
    "/local/domain/0/backend/vif\u001b/1/0",
    "x".repeat(5000),
  ];
  for (const backend of made) {
    const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
    view.put("/local/domain/1/device/vif/0", { backend });
    const asked: string[] = [];
    view.onRead = (path) => asked.push(path);
    await channelsOf(view, 1);
    assertEquals(asked.filter((path) => path.startsWith(backend)), [], backend);
  }
});

test("if the backend's state may not be read, it is left out", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
  view.refuse.read = (path) =>
    path.includes("/backend/") ? new DeviceError("xenstore", "EACCES", path, `Cannot read ${path}`) : undefined;
  const [, , channel] = await channelsOf(view, 1);
  assertEquals(channel.claim.backendState, undefined);
});

test("without a valid backend-id, the backend's path gives its domain", async () => {
  for (const id of ["", "x", "99999", "32752"]) {
    const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
    view.put("/local/domain/1/device/vif/0", { "backend-id": id });
    assertEquals((await channelsOf(view, 1))[2].claim.backendDomain, 0, id);
  }
});

test("domain 0 reads every domain in xenstore, others their own", async () => {
  const view = new TestHostView().guest(1).guest(10).guest(2);
  assertEquals((await lookAtWiring(view, [])).domains.map(({ domain }) => domain), [0, 1, 2, 10]);
  view.own = 2;
  assertEquals((await lookAtWiring(view, [])).domains.map(({ domain }) => domain), [2]);
  assertEquals((await lookAtWiring(view, [DOMID_SELF, 1, 2, 1])).domains.map(({ domain }) => domain), [2, 1]);
  view.own = undefined;
  assertEquals((await lookAtWiring(view, [])).domains.length, 4);
});

test("the domains of frontends and backends have their names in xenstore", async () => {
  const view = new TestHostView().guest(1, "web").guest(5, "disks").device(1, "vbd/1", { "event-channel": 10 }, {
    backend: 5,
  });
  const { domains, names } = await lookAtWiring(view, [1]);
  assertEquals(domains.map(({ name }) => name), ["web"]);
  assertEquals([...names].sort(([a], [b]) => a - b), [[0, "Domain-0"], [1, "web"], [5, "disks"]]);
});

test("a domain that was asked for and is not in xenstore is an error", async () => {
  const error = await assertRejects(() => lookAtWiring(new TestHostView().guest(1), [1, 77]), DeviceError) as unknown;
  assertEquals((error as DeviceError).message, "Cannot find domain 77 in xenstore: ENOENT");
  assertEquals(
    (error as DeviceError).hint,
    "there is no such domain: `evtchn list --all` shows the ports of those that run",
  );
});

test("a domain that is destroyed during the read is not a fault", async () => {
  // Destroys the domain in Xen and in xenstore, after 1, 2, 3... requests.
  for (let after = 0; after < 40; after++) {
    const view = new TestHostView().guest(1).guest(2).device(2, "vif/0", {
      "event-channel-tx": 10,
      "event-channel-rx": 11,
    });
    view.onRead = () => {
      if (view.asked < after || !view.ports.has(2)) return;
      view.remove("/local/domain/2");
      view.remove("/local/domain/0/backend/vif/2");
      view.ports.delete(2);
    };
    const channels = await channelsOf(view);
    assert(channels.every(({ verdict }) => verdict === "ok"), `${after}: ${brief(channels).join(", ")}`);
  }
});

test("a device that is plugged in during the read is not a fault", async () => {
  const view = new TestHostView().guest(1);
  let looked = 0;
  view.device(1, "vif/0", { "event-channel": 10 }, { bound: false, state: "3", backendState: "2" });
  view.onRead = (path) => {
    if (path === "/local/domain/1/device/vif/0/event-channel" && ++looked === 1) {
      view.device(1, "vif/0", { "event-channel": 10 });
    }
  };
  assertEquals(brief(await channelsOf(view, 1)).slice(2), ["vif/0 event-channel 10 ok"]);
});

test("a domain in xenstore that Xen does not have is a fault", async () => {
  const view = new TestHostView().guest(1);
  view.ports.delete(1);
  assertEquals(brief(await channelsOf(view, 1)), ["console port 2 gone", "store port 1 gone"]);
});

test("without Xen's port tables, xenstore alone is shown, with the reason", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 })
    .device(1, "vif/1", {}, { state: "1", backendState: "2" });
  view.refuse.tables = new DeviceError(
    "privcmd",
    "EACCES",
    "/dev/xen/privcmd",
    "Cannot open /dev/xen/privcmd",
    "be root",
  );
  const { domains, unseen } = await lookAtWiring(view, [1]);
  assertEquals(unseen?.message, "Cannot open /dev/xen/privcmd: EACCES");
  assertEquals(brief(domains[0].channels), [
    "console port 2 unknown",
    "store port 1 unknown",
    "vif/0 event-channel 10 unknown",
    "vif/1 event-channel - unwritten",
  ]);
});

test("a guest judges its own ports without the other ends", async () => {
  const view = new TestHostView().guest(1);
  view.own = 1;
  view.answers.set("0:0", "EPERM").set(`0:${behind(1, 1)}`, "EPERM").set(`0:${behind(1, 2)}`, "EPERM");
  assertEquals(brief(await channelsOf(view)), ["console port 2 ok", "store port 1 ok"]);
});

test("without xenstore, the hint names evtchn list", async () => {
  const view = new FakeView();
  view.refuse.store = new DeviceError(
    "xenstore",
    "ENOENT",
    "/dev/xen/xenbus",
    "Cannot reach xenstore",
    "start xenstored",
  );
  const error = await assertRejects(() => lookAtWiring(view, []), DeviceError) as unknown as DeviceError;
  assertEquals([error.op, error.errno, error.message], ["wiring", "ENOENT", "Cannot reach xenstore: ENOENT"]);
  assertEquals(error.hint, "start xenstored; `evtchn list` shows Xen's side without it");
});

test("an error of xenstore during the read is thrown", async () => {
  const view = new TestHostView().guest(1);
  view.refuse.read = (path) =>
    path.endsWith("/console/port") ? new DeviceError("xenstore", "ETIMEDOUT", path, `Cannot read ${path}`) : undefined;
  const error = await assertRejects(() => lookAtWiring(view, [1]), DeviceError) as unknown as DeviceError;
  assertEquals(error.errno, "ETIMEDOUT");
});

test("many requests are in flight, and the number does not grow with the domains", async () => {
  const busiest = async (guests: number) => {
    const view = new TestHostView();
    for (let domain = 1; domain <= guests; domain++) {
      view.guest(domain).device(domain, "vif/0", { "event-channel": 10 });
    }
    await channelsOf(view);
    return view.busiest;
  };
  const [few, many] = [await busiest(40), await busiest(160)];
  assert(few >= 64, String(few));
  assertEquals(many, few);
});

test("whatever a guest writes, each channel gets a verdict", async () => {
  const name = fc.constantFrom(
    "event-channel",
    "event-channel-tx",
    "queue-0",
    "state",
    "backend",
    "backend-id",
    "0",
    "x",
  );
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  const text = fc.oneof(
    fc.string(),
    fc.nat(70).map(String),
    fc.constantFrom("4", "6", "/local/domain/0/backend/vif/1/0"),
  );
  const kind = fc.constantFrom("vif", "vbd", "9pfs", "vsnd", "vdispl", "suspend", "console");
  const nodes = fc.array(fc.tuple(kind, fc.constantFrom("0", "1", "\u001b", "x"), path, text), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(nodes, async (written) => {
      const view = new TestHostView().guest(1);
      for (const [device, index, below, value] of written) {
        view.put(`/local/domain/1/device/${device}/${index}`, { [below]: value });
      }
      const channels = await channelsOf(view, 1);
      assert(channels.every(({ verdict }) => typeof verdict === "string"));
    }),
    { numRuns: 200 },
  );
});

test("other errors of reading xenstore are thrown", async () => {
  for (const part of ["/backend/", "/name"]) {
    for (
      const error of [new DeviceError("xenstore", "EIO", "x", "Cannot read x"), new TypeError("a mistake of ours")]
    ) {
      const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
      view.refuse.read = (path) => path.includes(part) ? error : undefined;
      assertEquals(await assertRejects(() => lookAtWiring(view, [1])), error);
    }
  }
});

test("an error that is not a DeviceError is not taken for a refusal by Xen", async () => {
  const view = new TestHostView().guest(1);
  view.refuse.tables = new TypeError("a mistake of ours");
  await assertRejects(() => lookAtWiring(view, [1]), TypeError);
});

test("the hint about evtchn list follows the error's own hint", async () => {
  const hints = [];
  for (const hint of [undefined, "start xenstored"]) {
    const view = new TestHostView();
    view.refuse.store = new DeviceError("xenstore", "ENOENT", "/dev/xen/xenbus", "Cannot open it", hint);
    const error = await assertRejects(() => lookAtWiring(view, [1]), DeviceError);
    assertEquals([error.op, error.message], ["wiring", "Cannot open it: ENOENT"]);
    hints.push(error.hint);
  }
  const instead = "`evtchn list` shows Xen's side without it";
  assertEquals(hints, [instead, `start xenstored; ${instead}`]);
});

test("an empty xenstore has no wiring", async () => {
  assertEquals((await lookAtWiring(new FakeView(), [])).domains, []);
});

test("DOMID_SELF is refused if the caller's domain is unknown", async () => {
  const view = new TestHostView().guest(1);
  view.own = undefined;
  await assertRejects(() => lookAtWiring(view, [DOMID_SELF]), DeviceError, "Cannot find domain self");
});

test("a queue that is removed during the read is left out", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
  const queue = "/local/domain/1/device/vif/0/queue-0";
  view.put(queue, { "event-channel": "11" });
  view.onRead = (path) => {
    if (path === queue) view.remove(queue);
  };
  const devices = brief(await channelsOf(view, 1)).filter((line) => line.startsWith("vif"));
  assertEquals(devices, ["vif/0 event-channel 10 ok"]);
});

test("the reason for a closed port tells that the frontend has no state", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 }, { bound: false });
  view.remove("/local/domain/1/device/vif/0/state");
  const [, , { verdict, reason }] = await channelsOf(view, 1);
  assertEquals([verdict, reason?.includes("without a state")], ["closed", true]);
});

test("without Xen, an end without a state is not connected", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
  view.refuse.tables = new DeviceError("privcmd", "ENOENT", "/dev/xen/privcmd", "Cannot open it");
  view.remove("/local/domain/0/backend/vif/1/0/state");
  const [, , { verdict, reason }] = await channelsOf(view, 1);
  assertEquals([verdict, reason], ["waiting", "the frontend is Connected and the backend without a state"]);
});

test("of a thousand claims to one port each names three others and a count, and Xen is asked once", async () => {
  const view = new TestHostView().guest(1);
  const keys = Object.fromEntries(Array.from({ length: 980 }, (_, i) => [`event-channel-${i}`, 9]));
  view.device(1, "9pfs/0", keys);
  let asked = 0;
  const status = view.status.bind(view);
  view.status = (domain, port) => {
    if (domain === 1 && port === 9) asked++;
    return status(domain, port);
  };
  const channels = (await channelsOf(view, 1)).filter(({ claim }) => claim.device === "9pfs/0");
  const tail = " claim port 9 too: one of them is left over from an earlier connection, or the guest is at fault";
  const name = (i: number) => `9pfs/0 event-channel-${i}`;
  assertEquals(channels.slice(0, 5).map(({ reason }) => reason), [
    `${name(1)}, ${name(2)}, ${name(3)} and 976 more${tail}`,
    `${name(0)}, ${name(2)}, ${name(3)} and 976 more${tail}`,
    `${name(0)}, ${name(1)}, ${name(3)} and 976 more${tail}`,
    `${name(0)}, ${name(1)}, ${name(2)} and 976 more${tail}`,
    `${name(0)}, ${name(1)}, ${name(2)} and 976 more${tail}`,
  ]);
  assertEquals(new Set(channels.slice(4).map(({ reason }) => reason)).size, 1);
  assertEquals(asked, 2); // a domain with faults is read twice
});

test("of many devices that claim one port, a fault of one is not told of the others", async () => {
  for (const stray of [0, 4, 7]) {
    const view = new TestHostView().guest(1);
    for (let i = 0; i < 8; i++) view.device(1, `vif/${i}`, { "event-channel": 9 });
    view.put(`/local/domain/1/device/vif/${stray}`, { backend: "/local/domain/0/evil" });
    const vifs = (await channelsOf(view, 1)).filter(({ claim }) => claim.device.startsWith("vif/"));
    const expected = Array.from({ length: 8 }, (_, i) => i === stray ? "elsewhere" : "shared");
    assertEquals(vifs.map(({ verdict }) => verdict), expected);
  }
});

/** A guest with two vifs, of which the second one's frontend is at fault; `change` is what the guest writes. */
async function strayed(change: (view: TestHostView, vif: string, backend: string) => void) {
  const view = new TestHostView().guest(1).guest(2).device(2, "vif/0", { "event-channel": 7 });
  view.device(1, "vif/0", { "event-channel": 9 }).device(1, "vif/1", { "event-channel": 10 }, { backendState: "5" });
  change(view, "/local/domain/1/device/vif/1", "/local/domain/0/backend/vif");
  const [, , vif0, vif1] = await channelsOf(view, 1);
  assertEquals(vif0.verdict, "ok");
  return { verdict: vif1.verdict, reason: vif1.reason, backendState: vif1.claim.backendState };
}

test("a backend counts only if its frontend and frontend-id lead back to the device", async () => {
  const tail = ": whatever runs the frontend is at fault";
  const backend = "/local/domain/0/backend/vif";
  const cases: [string, Parameters<typeof strayed>[0]][] = [
    [
      `backend holds "${backend}/1/0", whose frontend is "/local/domain/1/device/vif/0"`,
      (view, vif) => view.put(vif, { backend: `${backend}/1/0` }),
    ],
    [
      `backend holds "${backend}/2/0", whose frontend is "/local/domain/2/device/vif/0"`,
      (view, vif) => view.put(vif, { backend: `${backend}/2/0` }),
    ],
    [
      `backend holds "${backend}/1/1", whose frontend-id is "2"`,
      (view) => view.put(`${backend}/1/1`, { "frontend-id": "2" }),
    ],
    [
      `backend holds "${backend}/1/1", which names no frontend`,
      (view) => view.remove(`${backend}/1/1/frontend`),
    ],
    ['backend holds "/tool/xenstored", which is no backend\'s folder', (view, vif) => {
      return view.put(vif, { backend: "/tool/xenstored" });
    }],
  ];
  for (const [reason, change] of cases) {
    assertEquals(await strayed(change), { verdict: "elsewhere", reason: reason + tail, backendState: undefined });
  }
});

test("a device that says it is unplugged and names another one's backend is no idle one", async () => {
  const { verdict } = await strayed((view, vif, backend) => view.put(vif, { state: "6", backend: `${backend}/2/0` }));
  assertEquals(verdict, "elsewhere");
});

test("a backend whose frontend may not be read is not at fault for that", async () => {
  const found = await strayed((view) =>
    view.refuse.read = (path) =>
      /vif\/1\/1\/frontend/.test(path) ? new DeviceError("xenstore", "EACCES", path, "Cannot read") : undefined
  );
  assertEquals([found.verdict, found.backendState], ["waiting", "Closing"]);
});

test("a backend's folder that is not there is no other device's", async () => {
  const found = await strayed((view, _vif, backend) => view.remove(`${backend}/1/1`));
  assertEquals([found.verdict, found.backendState], ["waiting", undefined]);
});

test("a domain that cannot be read does not hide the others, and one that is alone is an error", async () => {
  for (const errno of ["EAGAIN", "EACCES", "EIO"] as const) {
    const view = new TestHostView().guest(1).guest(2).guest(3);
    const path = "/local/domain/2/device/vif";
    view.refuse.read = (asked) => asked === path ? new DeviceError("xenstore", errno, path, "Cannot list") : undefined;
    const { domains } = await lookAtWiring(view, []);
    assertEquals(domains.map(({ domain, channels, unread }) => [domain, channels.length, unread?.errno]), [
      [0, 0, undefined],
      [1, 2, undefined],
      [2, 0, errno],
      [3, 2, undefined],
    ]);
    await assertRejects(() => lookAtWiring(view, [2]), DeviceError, `Cannot list: ${errno}`);
  }
});
