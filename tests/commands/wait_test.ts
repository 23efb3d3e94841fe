import { assertEquals } from "@std/assert";
import { LocalDevice } from "../../lib/handle/device.ts";
import { connected, refused, shellHost } from "../support/handles.ts";
import { failure, faults, lines, results } from "../support/scripts.ts";
import { outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { FakeView } from "../support/fake_view.ts";
import { simulatedSource, withSession } from "../support/sessions.ts";
import { TestHost } from "../support/test_host.ts";

/** A guest's handle on a host. */
function guestOf({ world }: TestHost, domain: number): LocalDevice {
  const { abi } = world.personality;
  return LocalDevice.open(abi.devicePath, { syscalls: world.process(domain), abi });
}

test("wait ends at the first look after the other end was bound", async () => {
  const { host, handle, on } = shellHost();
  const port = handle.allocUnbound(1) as number;
  const ended = host.start(`${on} wait ${port} --json`);
  await host.clock.asleep();
  using guest = { device: guestOf(host, 1), [Symbol.dispose]: () => guest.device.close() };
  const bound = guest.device.bindInterdomain(0, port);
  host.clock.advance(99);
  assertEquals(await outcome(ended), "waiting");
  host.clock.advance(1);
  assertEquals(await ended, 0);
  assertEquals(host.stdout.text, `{"op":"wait","port":${port},"channel":"1:${bound}"}\n`);
});

test("wait says nothing of a port that is bound, whichever handle of the domain has it", async () => {
  const { host, on, hearer } = connected();
  assertEquals(await host.ok(`${on} wait ${hearer}`), "");
  assertEquals(await host.ok(`wait ${hearer}`), "");
});

test("wait --timeout ends with 124, not later than it says", async () => {
  const { host, handle, on } = shellHost();
  const port = handle.allocUnbound(1);
  const ended = host.start(`${on} wait ${port} --timeout 250ms --interval 200ms`);
  for (const step of [200, 50]) {
    await host.clock.asleep();
    host.clock.advance(step);
  }
  assertEquals([await ended, host.stdout.text, host.stderr.text], [124, "", ""]);
});

test("wait binds a new port, says which, and ends by a signal with nothing left", async () => {
  const host = new TestHost();
  const ended = host.start("wait 5:any");
  await host.clock.asleep();
  assertEquals(host.left(), ["0:27 unbound"]);
  host.signal("SIGTERM");
  assertEquals([await ended, host.stderr.text], [143, "evtchn: waiting on port 27 (5:any)\n"]);
  assertEquals([host.left(), host.listening, host.clock.sleeping], [[], 0, 0]);
});

test("wait --json gives the new port before the other end is bound", async () => {
  const host = new TestHost();
  const ended = host.start("wait 5:any --json");
  await host.clock.asleep();
  assertEquals(host.stdout.text, '{"op":"wait","port":27,"channel":"5:any"}\n');
  host.signal("SIGINT");
  assertEquals(await ended, 130);
});

test("wait of a port that the domain does not have is refused", async () => {
  const host = new TestHost();
  assertEquals(
    await host.run("wait 9999"),
    refused("wait: Cannot look at port 9999: EINVAL", "this domain has no such port"),
  );
});

test("wait refuses what has no other end", async () => {
  const { host, handle, on } = shellHost();
  const port = handle.bindVirq(4);
  assertEquals(
    await host.run(`${on} wait ${port}`),
    refused(`wait: Cannot wait for port ${port}: ENOTCONN`, "the port has no other end: it is a virq"),
  );
  handle.unbind(port);
  assertEquals(
    await host.run(`${on} wait ${port}`),
    refused(`wait: Cannot wait for port ${port}: ENOTCONN`, "the port is closed"),
  );
});

test("a statement waits no longer than something can happen", async () => {
  assertEquals(await lines("p = alloc-unbound 1; @1 bind-interdomain 0:$p; w = wait $p; print $w"), ["9", "27"]);
  assertEquals(
    await failure("p = alloc-unbound 1; wait $p"),
    "1: wait $p: Cannot see port 27 bound in time: ETIMEDOUT",
  );
  assertEquals(
    await results("p = alloc-unbound 1\n@1 q = bind-interdomain 0:$p\n@1 wait $q").then((all) => all.at(-1)),
    {
      op: "wait",
      error: "EPERM",
      subject: "9",
      message: "Cannot look at port 9: EPERM",
      hint: "only the control domain sees the ports of others; a guest sees its own where its xen-privcmd was loaded " +
        "with unrestricted=1, or is an older one",
      line: 3,
    },
  );
  assertEquals(await faults("wait virq:tbuf; wait 7 --interval 0s"), [
    "1: wait virq:tbuf: Cannot wait for a VIRQ: Xen is its other end",
    "1: wait 7 --interval 0s: Cannot look every 0 ms: expected some time, such as 100ms",
  ]);
});

test("wait refuses a port that Xen keeps for itself, and an interrupt between vCPUs", async () => {
  const view = new FakeView().set(0, 6, { status: "ipi", vcpu: 0 });
  view.answers.set(`${DOMID_SELF}:5`, "EACCES");
  const { own, holds } = await simulatedSource();
  await withSession(async ({ socket }) => {
    const host = new TestHost();
    assertEquals(
      await host.run(`--session ${socket} wait 5`),
      refused(
        "wait: Cannot look at port 5: EACCES",
        "the port is Xen's own, a device model's or a monitor's: Xen does not show its other end",
      ),
    );
    assertEquals(
      await host.run(`--session ${socket} wait 6`),
      refused("wait: Cannot wait for port 6: ENOTCONN", "the port has no other end: it is an ipi"),
    );
  }, { own, holds, view: () => view });
});
