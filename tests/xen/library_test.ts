/**
 * The library on the real driver: a handle with both ends of a channel, what Xen says of it, and the programs of
 * docs/library.md, with the permissions that it lists.
 *
 * A start takes seconds on an emulated host, so the one test shows all.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, openHandle } from "../../lib/api/evtchn.ts";
import { openHost } from "../../lib/api/inspect.ts";
import { openStore } from "../../lib/api/xenstore.ts";
import { runningKernel } from "../../lib/host/running_kernel.ts";
import { Programs, shakeHands } from "../docs/programs.ts";
import { test } from "./device.ts";

await runningKernel("linux"); // libc stays loaded: no test is to blame for it

async function xenstore(program: "write" | "rm", ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(`xenstore-${program}`, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

test("library: a handle, Xen's table, xenstore, and the programs of the document", async () => {
  await using handle = await openHandle();
  const offered = await handle.allocUnbound("self");
  const port = await handle.bindInterdomain("self", offered);
  const first = await handle.next(port, { timeout: 60_000 });
  assertEquals(first?.kind === "pending" && [first.port, first.channel, first.initial], [
    port,
    `self:${offered}`,
    true,
  ]);
  for (let turn = 0; turn < 3; turn++) {
    await handle.notify(port);
    const event = await handle.next(offered, { timeout: 60_000 });
    assertEquals(event?.kind === "pending" && [event.port, event.initial], [offered, false]);
  }
  await using host = await openHost();
  assertEquals(await host.ownDomain(), 0);
  for await (const list of host.ports()) {
    if (list instanceof DeviceError) throw list;
    const found = list.ports.find((each) => each.port === offered);
    assertEquals(found?.status === "interdomain" && [found.remoteDomain, found.remotePort], [0, port]);
  }
  await using store = await openStore();
  assertEquals(await store.read("domid"), "0");
  await handle.unbind(port);
  const refused = await assertRejects(() => handle.notify(port), DeviceError);
  assertEquals(refused.errno, "ENOTCONN");

  await using programs = await Programs.write();
  const frontend = {
    domain: 0,
    handle,
    write: (path: string, value: string) => xenstore("write", path, value),
    remove: (path: string) => xenstore("rm", path),
  };
  assertEquals(await shakeHands(programs, frontend), { status: 0, stdout: "3 answered\n", stderr: "" });
  const check = await programs.start("wiring_check.ts").end();
  assertEquals([check.status, check.stderr], [0, ""], check.stdout);
  assertEquals(/^\d+ channels, 0 faults\n$/.test(check.stdout), true, check.stdout);
});
