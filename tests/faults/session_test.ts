import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LINUX } from "../../ffi/abi.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import type { RemoteDevice } from "../../lib/session/client.ts";
import type { Subscription } from "../../lib/handle/shared.ts";
import type { Port } from "../../lib/types.ts";
import { never, type TestSession, withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { faulty, type Plan } from "./faulty.ts";
import { anyPlan, Ledger } from "./plans.ts";
import { createWorld } from "../support/simulated.ts";

/** The channels that are watched. */
const CHANNELS = 3;

/** How often something that a fault may end is tried: more often than a plan has faults. */
const TRIES = 100;

/** Tries until no fault comes. Only errors of the device are let pass, and counted. */
async function insist<T>(work: () => Promise<T>, failed: (error: DeviceError) => void = () => {}): Promise<T> {
  for (let left = TRIES; left > 0; left--) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      failed(error);
    }
  }
  throw new Error("it never goes well");
}

function noView(): never {
  throw new UsageError("Cannot look beneath faults");
}

/** Runs a session whose own handle has faults, and a guest that offers it ports. */
async function withFaults(
  plan: Plan,
  work: (session: TestSession, guest: LocalDevice, offered: readonly Port[]) => Promise<void>,
): Promise<void> {
  const world = createWorld();
  const guest = LocalDevice.open(LINUX.devicePath, { syscalls: world.process(1), abi: LINUX });
  const offered = Array.from({ length: CHANNELS }, () => guest.allocUnbound(0));
  const ledger = new Ledger();
  const syscalls = faulty(ledger.wrap(world.process(0), LINUX), plan);
  const own = LocalDevice.open(LINUX.devicePath, { syscalls, abi: LINUX });
  await withSession((session) => work(session, guest, offered), { own, holds: "a test", view: noView });
  ledger.assertClosed();
  guest.close();
}

/** The verbs of a client, one after another. */
type Verb = (device: RemoteDevice) => Promise<unknown>;
const VERBS: Readonly<Record<string, Verb>> = {
  "bind-virq": (device) => device.bindVirq(7),
  "bind-static": (device) => device.bindStatic(27),
  "alloc-unbound": (device) => device.allocUnbound(5),
  "bind-interdomain": (device) => device.bindInterdomain(1, 9),
  "channel": (device) => device.findOrBind("notify", { kind: "virq", virq: 7 }),
  "unbind": (device) => device.unbind(27),
  "notify": (device) => device.notify(28),
  "unmask": (device) => device.unmask([27, 28, 29]),
  "unmask-all": (device) => device.unmaskAll(),
  "reset": (device) => device.reset(),
  "read": (device) => device.read(),
  "poll": (device) => device.poll(1, 5),
  "status": (device) => device.status(),
  "watch": async (device) => (await device.subscribe({ limit: 1 })).close(),
};

const openless = anyPlan.map(({ open: _, ...plan }): Plan => plan);

test("whatever comes to one client's verbs, the session goes on, and what it holds is what was told", async () => {
  await fc.assert(
    fc.asyncProperty(
      openless,
      fc.array(fc.constantFrom(...Object.keys(VERBS)), { maxLength: 15 }),
      async (plan, verbs) => {
        await withFaults(plan, async (session) => {
          const [device, other] = [await session.connect(), await session.connect()];
          for (const verb of verbs) {
            const error = await VERBS[verb](device).then(() => undefined, (error) => error);
            assert(error === undefined || error instanceof DeviceError, `${verb}: ${error}`);
          }
          const held = (await other.status()).map(({ port }) => port);
          const told = [...device.bindings.keys()].toSorted((a, b) => a - b);
          assertEquals(held, told);
          for (const port of held) await insist(() => other.unbind(port));
          assertEquals(await other.status(), []);
        });
      },
    ),
    { numRuns: 250 },
  );
});

test("a client who watches while faults come sees every event, or is told what it does not", async () => {
  const bursts = fc.array(fc.array(fc.nat(CHANNELS - 1), { minLength: 1, maxLength: 6 }), { maxLength: 8 });
  const disturbing = fc.array(fc.constantFrom("bind-virq", "unbind-virq", "unmask", "status", "poll"), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(openless, bursts, disturbing, async (plan, bursts, verbs) => {
      await withFaults(plan, async (session, guest, offered) => {
        const [watcher, other] = [await session.connect(), await session.connect()];
        const bound: Port[] = [];
        for (const port of offered) bound.push(await insist(() => watcher.bindInterdomain(1, port)));
        const waiting = new Set<Port>(bound);
        let watch = await insist(() => watcher.subscribe({}));
        for (const [i, burst] of [[], ...bursts].entries()) {
          for (const channel of burst) {
            guest.notify(offered[channel]);
            waiting.add(bound[channel]);
          }
          await disturb(other, verbs[i]);
          watch = await seeAll(watcher, watch, waiting);
        }
        await watch.close();
      });
    }),
    { numRuns: 250 },
  );
});

/** What another client does meanwhile; it may fail. */
async function disturb(other: RemoteDevice, verb: string | undefined): Promise<void> {
  if (verb === undefined) return;
  const does = verb === "unbind-virq"
    ? async () => {
      const [virq] = (await other.status()).filter(({ kind }) => kind === "virq");
      if (virq !== undefined) await other.unbind(virq.port);
    }
    : () => VERBS[verb](other);
  await does().catch((error) => assert(error instanceof DeviceError, String(error)));
}

/** Takes events until none is waited for. One who is told that the watch failed lets every port fire and watches anew. */
async function seeAll(device: RemoteDevice, watch: Subscription, waiting: Set<Port>): Promise<Subscription> {
  while (waiting.size > 0) {
    try {
      const delivery = await watch.next(never());
      assert(delivery !== undefined, "the watch ended without a word");
      if (delivery.kind === "overflow") waiting.clear();
      else for (const { port } of delivery.events) waiting.delete(port);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      waiting.clear();
      await insist(() => device.unmaskAll());
      watch = await insist(() => device.subscribe({}));
    }
  }
  return watch;
}

test("an event that nobody had wanted is there for the next watcher when the first could not have it", async () => {
  const plan: Plan = { write: [{ kind: "errno", errno: "ENOMEM" }] };
  await withFaults(plan, async (session, guest, [first, second]) => {
    const device = await session.connect();
    const [one, two] = [await device.bindInterdomain(1, first), await device.bindInterdomain(1, second)];
    guest.notify(first);
    const other = await device.subscribe({ ports: new Set([two]), unmask: false });
    await other.next(never()); // the event of the other port is read with it, and kept
    await other.close();
    const errors: string[] = [];
    const watch = await insist(() => device.subscribe({ ports: new Set([one]) }), ({ errno }) => errors.push(errno));
    const answered = device.status(); // what there is comes before this
    const delivery = await watch.next(answered);
    await answered;
    assertEquals(errors, ["ENOMEM"]);
    assertEquals(delivery?.kind === "events" && delivery.events.map(({ port }) => port), [one]);
    await watch.close();
  });
});

test("a poll that cannot wait says so, and does not ask again for ever", async () => {
  const plan: Plan = { poll: Array.from({ length: 50 }, () => ({ kind: "errno", errno: "ENOMEM" })) };
  await withFaults(plan, async (session) => {
    const device = await session.connect();
    assertEquals(await device.poll(1, 1000), "ENOMEM");
    assertEquals(await device.status(), []);
  });
});

test("what a verb could not do is not told as done", async () => {
  const plan: Plan = { write: [{ kind: "errno", errno: "EIO" }] };
  await withFaults(plan, async (session, _, [first]) => {
    const device = await session.connect();
    const port = await device.bindInterdomain(1, first);
    assertEquals(await device.read(), Uint32Array.of(port));
    const masked = async () => (await device.status()).map((each) => each.masked);
    assertEquals(await masked(), [true]);
    await device.unmask([port]).catch((error) => assertEquals(error.errno, "EIO"));
    assertEquals(await masked(), [true]);
    await device.unmask([port]);
    assertEquals(await masked(), [false]);
  });
});

test("events that are kept are dropped by a reset that was done, and by no other", async () => {
  const plan: Plan = { ioctl: [undefined, undefined, { kind: "errno", errno: "EIO" }] };
  await withFaults(plan, async (session, guest, [first, second]) => {
    const device = await session.connect();
    const [one, two] = [await device.bindInterdomain(1, first), await device.bindInterdomain(1, second)];
    guest.notify(first);
    const other = await device.subscribe({ ports: new Set([two]), unmask: false });
    await other.next(never()); // the event of the other port is read with it, and kept
    await other.close();
    await device.reset().then(() => assert(false), (error) => assertEquals(error.errno, "EIO"));
    const watch = await device.subscribe({ ports: new Set([one]) });
    const answered = device.status(); // what there is comes before this
    const delivery = await watch.next(answered);
    await answered;
    assertEquals(delivery?.kind === "events" && delivery.events.map(({ port }) => port), [one]);
    await watch.close();
  });
});
