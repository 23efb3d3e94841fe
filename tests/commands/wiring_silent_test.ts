/** `wiring` of devices that are connected, and of which no event was ever counted. */
import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

test("wiring says of a connected device that no event of it was ever counted, and finds no fault in it", async () => {
  const host = new TestHost();
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "silent" });
  await host.world.createDevice({ kind: "vbd", domain: 1, backend: 0 });
  const { status, stdout } = await host.run("--simulator wiring --no-bits 1");
  const lines = stdout.split("\n");
  const told = lines.filter((line) => line.includes("no event"));
  assertEquals([status, told], [0, ["│  │  connected, and no event of the frontend was ever counted"]]);
  assertEquals(lines[lines.indexOf(told[0]) - 1].startsWith("├─ vif/0  Connected"), true);
  const records = (await host.ok("--simulator wiring --no-bits --json 1")).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  const silent = records.filter((record) => record.silent).map(({ device, key, verdict }) => [device, key, verdict]);
  assertEquals(silent, [["vif/0", "event-channel-tx", "ok"], ["vif/0", "event-channel-rx", "ok"]]);
});

test("in the guest, and of a device that is not connected, nothing is said of events", async () => {
  const host = new TestHost({ privcmd: "unrestricted" });
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "silent" });
  assertEquals((await host.run("--simulator --as 1 wiring")).stdout.includes("no event"), false);
  host.world.writeStore(1, "device/vif/0/state", "1");
  assertEquals((await host.run("--simulator wiring --no-bits 1")).stdout.includes("no event"), false);
});
