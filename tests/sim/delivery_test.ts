/** Events that are delivered late, are lost or come twice, and SILO, on both drivers. */
import { assert, assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux/personality.ts";
import type { WorldOptions } from "../../lib/sim/world.ts";
import { createWorld, device, outcome, type Pair, pair } from "../support/simulated.ts";
import { lines } from "../support/scripts.ts";
import { test } from "../support/test.ts";

/** Reads the offerer's ring and unmasks, until nothing comes: how many events there were. */
function events({ offerer }: Pair): number {
  let count = 0;
  for (let ports; Array.isArray(ports = offerer.read()); offerer.write(...ports)) count += ports.length;
  return count;
}

function send({ binder, bound }: Pair, times = 1): void {
  for (let left = times; left > 0; left--) assertEquals(binder.notify(bound), 0);
}

for (const personality of [LINUX_PERSONALITY, ILLUMOS_PERSONALITY]) {
  const { name } = personality;
  const make = (options: WorldOptions) => pair(createWorld({ personality, ...options }));

  test(`${name}: two notifies in a row are two events where delivery is at once, and one where it is late`, () => {
    for (const [delivery, count] of [["now", 2], ["late", 1]] as const) {
      const both = make({ delivery });
      send(both, 2);
      assertEquals(events(both), count);
      send(both, 2);
      assertEquals(both.offerer.poll(Poll.IN), Poll.IN, "a poll takes them too");
      assertEquals(events(both), count);
    }
  });

  test(`${name}: a look between two notifies keeps them apart, however late delivery is`, () => {
    const late = make({ delivery: "late" });
    send(late);
    assertEquals(events(late), 1);
    send(late);
    assertEquals(events(late), 1);
  });

  test(`${name}: late events wake who sleeps once the sender is done, and wait for others`, async () => {
    const late = make({ delivery: "late" });
    const { offerer, binder, bound } = late;
    const waiting = offerer.process.poll(offerer.fd, Poll.IN, -1);
    assertEquals(await outcome(waiting), "waiting");
    binder.notify(bound);
    binder.notify(bound);
    assertEquals(await waiting, Poll.IN);
    assertEquals(events(late), 1);
  });

  test(`${name}: a VIRQ that is raised twice is one late event, and none once its port is closed`, () => {
    const world = createWorld({ personality, delivery: "late" });
    const dom0 = device(0, world);
    const port = dom0.bindVirq(4);
    world.raise(4);
    world.raise(4);
    assertEquals([dom0.read(), dom0.write(port), dom0.read()], [[port], 4, "EAGAIN"]);
    world.raise(4);
    dom0.unbind(port);
    assertEquals([dom0.bindVirq(4), dom0.read()], [port, "EAGAIN"]);
  });

  test(`${name}: an event that comes twice comes again once its port is unmasked`, () => {
    for (const delivery of ["now", "late"] as const) {
      const twice = make({ delivery, chances: { drop: 0, duplicate: 1000, seed: 0 } });
      send(twice);
      assertEquals(events(twice), 2);
    }
  });

  test(`${name}: a lost event leaves no trace, and its sender is told nothing`, () => {
    const lossy = make({ chances: { drop: 1000, duplicate: 0, seed: 0 } });
    send(lossy, 3);
    assertEquals([lossy.offerer.read(), events(lossy)], ["EAGAIN", 0]);
  });

  test(`${name}: so many of a thousand are lost or come twice, the same ones for one seed`, () => {
    const counts = (seed: number) => {
      const faulty = make({ chances: { drop: 100, duplicate: 200, seed } });
      return Array.from({ length: 10_000 }, () => (send(faulty), events(faulty)));
    };
    const some = counts(7);
    for (const [count, expected] of [[0, 1000], [1, 7000], [2, 2000]]) {
      const found = some.filter((each) => each === count).length;
      assert(Math.abs(found - expected) < 200, `${found} of 10000 came ${count} times`);
    }
    assertEquals([some, some.join() === counts(8).join()], [counts(7), false]);
  });

  test(`${name}: under SILO a guest reaches the control domain alone, and only domains that exist`, () => {
    const world = createWorld({ personality, xsm: "silo" });
    const [dom0, one, two] = [0, 1, 2].map((domain) => device(domain, world));
    assertEquals([one.allocUnbound(99), one.allocUnbound(2), dom0.allocUnbound(99)], ["ESRCH", "EPERM", "ESRCH"]);
    const [offered, own, given] = [one.allocUnbound(0), one.allocUnbound(1), dom0.allocUnbound(2)];
    assertEquals([offered, own, given], [9, 10, 27], "what was refused left its port free");
    assertEquals([dom0.bindInterdomain(1, offered), one.bindInterdomain(1, own)], [28, 11]);
    assertEquals([two.bindInterdomain(0, given), two.bindInterdomain(1, 99)], [9, "EINVAL"]);
    const { hypervisor } = world;
    const [guest, other] = [hypervisor.domain(1)!, hypervisor.domain(2)!];
    assertEquals(hypervisor.allocUnbound(hypervisor.domain(0)!, 2, 1), 12, "the control domain may connect two guests");
    assertEquals(hypervisor.bindInterdomain(other, 1, 12), "EPERM");
    assertEquals([guest.allocate("ipi"), other.allocate("ipi")].map((each) => typeof each === "object" && each.port), [
      13,
      10,
    ]);
  });
}

test("a script sees by its simulation whether two notifies are one event", async () => {
  const text = "p = alloc-unbound 1; @1 q = bind-interdomain 0 $p; @1 notify $q; @1 notify $q; watch $p -t none";
  for (const system of ["linux", "illumos"]) {
    assertEquals((await lines(text, "-d", `sim:${system}`)).length, 2);
    assertEquals(await lines(text, "-d", `sim:${system}?delivery=late`), ["@0 port 27  1:any  #1"]);
    assertEquals(await lines(text, "-d", `sim:${system}?drop=1000`), []);
  }
});
