import { assertEquals } from "@std/assert";
import type { XenDomain } from "../../lib/view/xen_control.ts";
import { slowToPrint } from "../../lib/wiring/serial_console.ts";
import { FakeView } from "../support/fake_view.ts";
import { test } from "../support/test.ts";

const domain = (domain: number): XenDomain => ({ domain, dying: false, shutdown: false, paused: false });

async function slow(domains: number, commandLine: string | undefined): Promise<number | undefined> {
  const view = new FakeView();
  view.xenTraits = { commandLine };
  view.xen = () => ({ dump: () => "", domains: () => Array.from({ length: domains }, (_, i) => domain(i)) });
  return await slowToPrint(view);
}

test("Xen prints for long with many domains and a serial console, or one that nobody tells of", async () => {
  assertEquals(await slow(33, "com1=115200,8n1 console=com1,vga dom0_mem=2G"), 33);
  assertEquals(await slow(33, "console=dtuart"), 33);
  assertEquals(await slow(33, undefined), 33);
  assertEquals(await slow(32, "console=com1"), undefined);
  assertEquals(await slow(33, "console=vga"), undefined);
  assertEquals(await slow(33, "dom0_mem=2G loglvl=all"), undefined);
});
