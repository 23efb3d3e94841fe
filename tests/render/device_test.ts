import { assertEquals } from "@std/assert";
import { channelPart, deviceText } from "../../lib/render/device.ts";
import { diskName } from "../../lib/wiring/disks.ts";
import { test } from "../support/test.ts";

test("the number of a disk is the name that its toolstack gave it", () => {
  const named = {
    xvda: 51712,
    xvda1: 51713,
    xvdp15: (202 << 8) + (15 << 4) + 15,
    xvda16: (1 << 28) + 16,
    xvdq: (1 << 28) + (16 << 8),
    xvdz3: (1 << 28) + (25 << 8) + 3,
    xvdaa: (1 << 28) + (26 << 8),
    xvdba255: (1 << 28) + (52 << 8) + 255,
    sda: 2048,
    sdb2: 2048 + 16 + 2,
    hda: 768,
    hdb63: 768 + 64 + 63,
    hdc: 5632,
    hdd1: 5632 + 64 + 1,
  };
  for (const [name, number] of Object.entries(named)) assertEquals(diskName(`vbd/${number}`), name);
});

test("what is no disk, or has a number without a name, has none", () => {
  const odd = ["vif/0", "vbd/0", "vbd/767", "vbd/896", "vbd/51968", `vbd/${2 ** 29}`, "vbd/4294967295", "vbd/051712"];
  for (const device of [...odd, "vbd/", "vbd/51712 ", "xvbd/51712", "vbd/1e3", "console"]) {
    assertEquals(diskName(device), undefined, device);
  }
});

test("a disk is shown with its name, and any device is cut where a guest made it long", () => {
  assertEquals(["vif/0", "vbd/51712"].map((device) => deviceText(device)), ["vif/0", "vbd/51712 (xvda)"]);
  assertEquals(deviceText(`vif/${"9".repeat(100)}`), `vif/${"9".repeat(36)}...`);
  assertEquals(deviceText("vbd/51712", 4), "vbd/... (xvda)");
  assertEquals(deviceText("vif/\u001b[31m"), "vif/\\x1b[31m");
});

test("a channel is told from the others of its device by its queue and its direction", () => {
  const parts = {
    "port": "",
    "event-channel": "",
    "event-channel-tx": "tx",
    "event-channel-ctrl": "ctrl",
    "queue-3/event-channel": "q3",
    "queue-10/event-channel-rx": "q10 rx",
    "event-channel-2": "ring 2",
    "1/req-event-channel": "1 req",
    "0/evt-event-channel": "0 evt",
    "0/1/event-channel": "0/1",
    "0/1/evt-event-channel": "0/1 evt",
  };
  for (const [key, part] of Object.entries(parts)) assertEquals(channelPart(key), part, key);
});
