import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { byNumbers, expectedKeys, FRONTENDS, matches, patternsOf } from "../../lib/wiring/frontends.ts";
import { isClosed, isConnected, stateName } from "../../lib/wiring/states.ts";
import { test } from "../support/test.ts";

const kind = (folder: string) => FRONTENDS.find((each) => each.folder === folder)!;

test("every frontend kind of Xen's headers is known, with its port keys", () => {
  assertEquals(FRONTENDS.map(({ folder, keys }) => `${folder}: ${keys.flat().join(" ")}`), [
    "console: port",
    "store: port",
    "device/console: port",
    "device/vif: event-channel event-channel-tx event-channel-rx queue-#/event-channel " +
    "queue-#/event-channel-tx queue-#/event-channel-rx event-channel-ctrl",
    "device/vbd: event-channel queue-#/event-channel",
    "device/9pfs: event-channel-#",
    "device/pvcalls: port",
    "device/vkbd: event-channel",
    "device/vfb: event-channel",
    "device/vusb: event-channel",
    "device/vscsi: event-channel",
    "device/vtpm: event-channel",
    "device/pci: event-channel",
    "device/vdispl: #/req-event-channel #/evt-event-channel",
    "device/vsnd: #/#/event-channel #/#/evt-event-channel",
    "device/suspend: event-channel",
  ]);
});

test("only # stands for a number", () => {
  for (const name of ["queue-0", "queue-17"]) assert(matches("queue-#", name), name);
  for (const name of ["queue-", "queue-x", "queue--1", "queue-1x", "queue-123456", "queue", "#"]) {
    assert(!matches("queue-#", name), name);
  }
  assert(matches("#", "0") && !matches("#", "") && !matches("#", "state"));
  assert(matches("event-channel", "event-channel") && !matches("event-channel", "event-channel-tx"));
  assertEquals(patternsOf(kind("device/vdispl")), [["#", "req-event-channel"], ["#", "evt-event-channel"]]);
});

test("a device without any port lacks the first set of its kind", () => {
  assertEquals(expectedKeys(kind("device/vif"), []), ["event-channel"]);
  assertEquals(expectedKeys(kind("device/9pfs"), []), ["event-channel-0"]);
  assertEquals(expectedKeys(kind("device/vdispl"), []), ["0/req-event-channel", "0/evt-event-channel"]);
  assertEquals(expectedKeys(kind("device/vsnd"), []), ["0/0/event-channel"]);
});

test("with one key of a set, the others of the same queue are expected", () => {
  const vif = kind("device/vif");
  assertEquals(expectedKeys(vif, ["event-channel"]), ["event-channel"]);
  assertEquals(expectedKeys(vif, ["event-channel-rx"]), ["event-channel-tx", "event-channel-rx"]);
  assertEquals(expectedKeys(vif, ["queue-3/event-channel-tx", "queue-0/event-channel", "event-channel-ctrl"]), [
    "event-channel-ctrl",
    "queue-0/event-channel",
    "queue-3/event-channel-tx",
    "queue-3/event-channel-rx",
  ]);
  assertEquals(expectedKeys(kind("device/vdispl"), ["1/evt-event-channel"]), [
    "1/req-event-channel",
    "1/evt-event-channel",
  ]);
});

test("keys are sorted by their numbers: 10 after 2", () => {
  const found = ["queue-10/event-channel", "queue-2/event-channel", "event-channel"];
  assertEquals(expectedKeys(kind("device/vbd"), found), [
    "event-channel",
    "queue-2/event-channel",
    "queue-10/event-channel",
  ]);
  assertEquals(["10", "9", "1", "x"].sort(byNumbers), ["x", "1", "9", "10"]);
  assertEquals(["1/10", "1/2", "1", "0/7"].sort(byNumbers), ["0/7", "1", "1/2", "1/10"]);
});

test("byNumbers is antisymmetric and transitive", () => {
  const key = fc.array(fc.nat(20), { maxLength: 3 }).map((numbers) => numbers.map((n) => `q-${n}`).join("/"));
  fc.assert(fc.property(key, key, key, (a, b, c) => {
    assertEquals(Math.sign(byNumbers(a, b)), -Math.sign(byNumbers(b, a)) + 0);
    if (byNumbers(a, b) <= 0 && byNumbers(b, c) <= 0) assert(byNumbers(a, c) <= 0);
  }));
});

test("each key that was found stays, once", () => {
  for (const each of FRONTENDS) {
    const found = each.keys.flat().map((pattern) => pattern.replaceAll("#", "3"));
    assertEquals(expectedKeys(each, found).sort(), found.sort(), each.folder);
  }
});

test("states have the names of xenbus.h; other texts are quoted, and none of them counts as a state", () => {
  assertEquals(
    [..."012345678"].map((state) => stateName(state)).join(" "),
    "Unknown Initialising InitWait Initialised Connected Closing Closed Reconfiguring Reconfigured",
  );
  assertEquals([undefined, "", "9", "44", "-1", "4\n", "x"].map(stateName), [
    undefined,
    '""',
    '"9"',
    '"44"',
    '"-1"',
    '"4\n"',
    '"x"',
  ]);
  assert(!isConnected(stateName("Connected")) && !isClosed(stateName("Closed")));
  assertEquals(["Connected", "Reconfiguring", "Reconfigured"].filter(isConnected).length, 3);
  assert(!isConnected(undefined) && !isConnected("Closing") && isClosed(undefined) && !isClosed("Closing"));
});
