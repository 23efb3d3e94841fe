import { assertEquals } from "@std/assert";
import { DEVICE_KIND_NAMES, type DeviceKindName, STEP_FAULTS, VERDICT_FAULTS } from "../../lib/sim/toolstack/names.ts";
import { kindOf, owed, patienceOf } from "../../lib/wiring/handshake.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import type { XenbusState } from "../../lib/wiring/states.ts";
import { handshakeOf } from "../../lib/wiring/types.ts";
import { results } from "../support/scripts.ts";
import { TestHostView } from "../support/wired_host.ts";
import { test } from "../support/test.ts";

/** Kinds whose frontends say Connected as soon as their channels are written. */
const ONE_STEP: readonly DeviceKindName[] = ["vif", "vusb"];
/** Kinds whose frontends do not wait for the backend. */
const FIRST: readonly DeviceKindName[] = ["console", "vkbd", "vfb", "vscsi", "vtpm", "pci"];

const text = (kind: string, front?: XenbusState, back?: XenbusState) => {
  const step = owed(kind, front, back);
  return step === undefined ? "nobody" : `${step.owes} ${step.step}`;
};

for (const kind of DEVICE_KIND_NAMES) {
  const [oneStep, first] = [ONE_STEP.includes(kind), FIRST.includes(kind)];
  const written = oneStep ? "Connected" : "Initialised";

  test(`${kind}: from the start to the end each step has one end that owes it`, () => {
    const steps: readonly (readonly [XenbusState, XenbusState, string])[] = [
      ["Initialising", "Initialising", "backend InitWait"],
      ["Initialising", "InitWait", `frontend ${written}`],
      [written, "InitWait", "backend Connected"],
      ...oneStep ? [] : [["Initialised", "Connected", "frontend Connected"] as const],
      ["Connected", "Connected", "nobody"],
    ];
    for (const [front, back, expected] of steps) assertEquals(text(kind, front, back), expected, `${front}/${back}`);
  });

  test(`${kind}: a frontend that begins anew meets a backend that is Connected`, () => {
    const joins = first || kind === "vusb";
    assertEquals(text(kind, "Initialising", "Connected"), joins ? `frontend ${written}` : "backend InitWait");
  });

  test(`${kind}: \`device --fault\` stops at each step, and the records say who owes which`, async () => {
    const expected = {
      "no-driver": "backend InitWait",
      unwritten: `frontend ${written}`,
      waiting: "backend Connected",
      hotplug: "backend Connected",
      half: oneStep ? "backend Connected" : "frontend Connected",
      closing: "frontend Closed",
    };
    for (const [fault, owes] of Object.entries(expected)) {
      const script = `device ${kind} 2 7 --fault ${fault}\nwiring 2`;
      const found = (await results(script)).filter(({ op, device }) => op === "wiring" && device === `${kind}/7`);
      assertEquals(found.map((record) => `${record.owes} ${record.step}`), found.map(() => owes), `${kind} ${fault}`);
      assertEquals(found.length > 0, true);
      const [{ hotplug_status, hotplug_error, online }] = found;
      assertEquals([hotplug_status, typeof hotplug_error, online], [
        fault === "hotplug" ? "error" : undefined,
        fault === "hotplug" ? "string" : "undefined",
        fault === "closing" ? "0" : "1",
      ]);
    }
  });
}

test("every fault that stops a handshake is tried for each kind, and the others owe no step", async () => {
  assertEquals(STEP_FAULTS, ["no-driver", "hotplug", "half", "closing"]);
  for (const fault of VERDICT_FAULTS.filter((each) => each !== "waiting" && each !== "unwritten")) {
    const found = (await results(`device vbd 2 7 --fault ${fault}\nwiring 2`)).filter(({ device }) =>
      device === "vbd/7"
    );
    assertEquals(found.some((record) => "owes" in record || "online" in record), false, fault);
  }
});

test("an end that closes is followed by the other, the frontend first", () => {
  assertEquals([
    text("vbd", "Connected", "Closing"),
    text("vbd", "Closing", "Connected"),
    text("vbd", "Closing", "Closing"),
    text("vbd", "Closed", "Closing"),
    text("vbd", "Closed", "Connected"),
    text("vbd", "Connected", "Closed"),
    text("vbd", "Closed", "Closed"),
    text("vbd", "Closed", undefined),
  ], [
    "frontend Closed",
    "backend Closing",
    "frontend Closed",
    "backend Closed",
    "backend Closed",
    "frontend Closed",
    "nobody",
    "nobody",
  ]);
});

test("after a close the backend begins anew with a frontend that does", () => {
  assertEquals(text("vif", "Initialising", "Closed"), "backend InitWait");
});

test("a missing backend owes its first step, and a state that is none counts as not begun", () => {
  assertEquals(text("vif", "Connected", undefined), "backend InitWait");
  assertEquals(text("vif", '"junk"', "InitWait"), "frontend Connected");
  assertEquals(text("vif", undefined, "Unknown"), "backend InitWait");
  assertEquals(text("vbd", "Initialised", "Initialised"), "backend Connected");
  assertEquals(text("vbd", "Reconfiguring", "Connected"), "nobody");
  assertEquals(text("nonsense", "Initialising", "InitWait"), "frontend Initialised");
});

test("a Linux guest waits 270 seconds for a device when it boots, and 30 for a keyboard or a screen", () => {
  assertEquals(["vif/0", "vbd/51712", "vkbd/0", "vfb/0"].map((device) => patienceOf(kindOf(device))), [
    270,
    270,
    30,
    30,
  ]);
});

/** A host with a vif whose frontend waits for its backend, and the troubles that nodes tell of. */
function troubled(nodes: Readonly<Record<string, string>>): TestHostView {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 9 }, { backendState: "2" });
  return view.put("/local/domain", nodes);
}

async function handshakeOn(view: TestHostView) {
  const { domains } = await lookAtWiring(view, [1]);
  return domains[0].channels.map(handshakeOf).find((each) => each !== undefined);
}

test("what xenstore says of a device's trouble is read from both ends, and is cut", async () => {
  const long = "x".repeat(4000);
  const view = troubled({
    "1/error/device/vif/0/error": "22 talking to backend",
    "0/error/backend/vif/1/0/error": long,
    "0/backend/vif/1/0/hotplug-status": "busy",
    "0/backend/vif/1/0/hotplug-error": "no bridge",
    "0/backend/vif/1/0/online": "1",
  });
  assertEquals(await handshakeOn(view), {
    owes: "backend",
    step: "Connected",
    frontendError: "22 talking to backend",
    backendError: long.slice(0, 500),
    hotplugStatus: "busy",
    hotplugError: "no bridge",
    online: "1",
  });
});

test("nodes that may not be read are left out, and a backend whose state may not is not accused", async () => {
  const view = troubled({ "0/backend/vif/1/0/hotplug-status": "busy", "1/error/device/vif/0/error": "5 x" });
  const { DeviceError } = await import("../../lib/errors.ts");
  const refused = (path: string) => new DeviceError("xenstore", "EACCES", path, `Cannot read ${path}`);
  view.refuse.read = (path) => /hotplug|online|domain\/0\/error/.test(path) ? refused(path) : undefined;
  assertEquals(await handshakeOn(view), { owes: "backend", step: "Connected", frontendError: "5 x" });
  view.refuse.read = (path) => path.endsWith("backend/vif/1/0/state") ? refused(path) : undefined;
  assertEquals(await handshakeOn(view), undefined);
});

test("a connected device is asked for nothing more, and one that is not for five nodes", async () => {
  const asked = async (backendState: string) => {
    const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 9 }, { backendState });
    const paths: string[] = [];
    view.onRead = (path) => paths.push(path);
    await lookAtWiring(view, [1]);
    return paths.filter((path) => /error|hotplug|online/.test(path)).length;
  };
  assertEquals([await asked("4"), await asked("2")], [0, 2 * 5]); // a domain with a fault is read twice
});

test("a backend that is gone owes its first step, and is asked for nothing", async () => {
  const view = troubled({ "1/error/device/vif/0/error": "2 no backend" });
  view.remove("/local/domain/0/backend");
  const paths: string[] = [];
  view.onRead = (path) => paths.push(path);
  assertEquals(await handshakeOn(view), { owes: "backend", step: "InitWait", frontendError: "2 no backend" });
  assertEquals(paths.filter((path) => /hotplug|online|\/0\/error\/backend/.test(path)), []);
});
