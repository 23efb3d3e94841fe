/**
 * `top` on the real driver: it counts what arrives.
 */
import { assertEquals } from "@std/assert";
import { COMMAND, start } from "../support/process.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { KERNEL, quietLoopbacks, test } from "./device.ts";

test("top: what another process sends is counted, and the port may fire again", async (rig) => {
  const fd = rig.shellDescriptor();
  const device = LocalDevice.adopt(fd, KERNEL);
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  const top = start(["--fd", `${fd}`, "--json", "top", `${hearer}`, "--interval", "100ms"], { command: COMMAND });
  await top.stdout.until(/"total":0,"last":null/);
  device.notify(sender);
  await top.stdout.until(/"total":1,"last":"/);
  device.notify(sender);
  await top.stdout.until(/"total":2,"last":"/);
  top.process.kill("SIGINT");
  const { status, stderr } = await top.end();
  assertEquals([status, stderr], [130, ""]);
  assertEquals(device.read(), "EAGAIN");
});
