import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { type Change, domainOfPath, type FollowOptions, followWiring } from "../../lib/wiring/follow.ts";
import type { StepChange } from "../../lib/wiring/steps.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";
import type { FakeView } from "../support/fake_view.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";
import { TestHostView } from "../support/wired_host.ts";

/** One run of `followWiring`; collects its reports as lines. */
class Followed {
  readonly clock = new TestClock();
  readonly abort = new AbortController();
  readonly ended: Promise<void>;
  /** The reports that nobody has taken yet. */
  readonly reports: string[][] = [];
  #arrived = Promise.withResolvers<void>();
  wiring: HostWiring | undefined;

  constructor(view: FakeView, options: Partial<FollowOptions> = {}) {
    const tell = (lines: string[]) => {
      this.reports.push(lines);
      this.#arrived.resolve();
    };
    this.ended = followWiring(
      view,
      { domains: [], ...options },
      {
        begin: (wiring) => {
          this.wiring = wiring;
          tell(["begun"]);
        },
        changed: (changes) => tell(changes.map(line)),
      },
      this.clock,
      this.abort.signal,
    );
  }

  /** The lines of the next report, after the half second for which a domain that was read rests. */
  async next(): Promise<string[]> {
    this.clock.advance(500);
    while (this.reports.length === 0) {
      this.#arrived = Promise.withResolvers();
      await Promise.race([this.#arrived.promise, this.ended]);
    }
    return this.reports.shift()!;
  }

  /** Ends it, and checks that no report is left. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
    assertEquals(this.reports, []);
  }
}

function line(change: Change): string {
  if (change.kind === "unread") return `${change.domain} ${change.error.message}`;
  if (change.kind === "readable") return `${change.domain} readable`;
  if (change.kind === "step") return stepLine(change);
  const { kind, channel: { claim, port, verdict } } = change;
  return `${claim.domain} ${claim.device} ${claim.key} ${kind === "removed" ? kind : `${port ?? "-"} ${verdict}`}`;
}

/** As `1 vif/0 backend Connected`; with how long the step before took, or that it still waits. */
function stepLine({ channel: { claim }, before, milliseconds }: StepChange): string {
  const owed = claim.handshake === undefined ? "done" : `${claim.handshake.owes} ${claim.handshake.step}`;
  const took = before === undefined ? "waits" : `after ${before.claim.frontendState}/${before.claim.backendState}`;
  const time = milliseconds === undefined ? "" : ` ${took} ${milliseconds} ms`;
  return `${claim.domain} ${claim.device} ${owed}${time}`;
}

async function follow(view: FakeView, options: Partial<FollowOptions> = {}): Promise<Followed> {
  const followed = new Followed(view, options);
  assertEquals(await followed.next(), ["begun"]);
  return followed;
}

test("the changes of a device are reported together", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view);
  view.device(1, "vif/0", { "event-channel-tx": 10, "event-channel-rx": 11 });
  assertEquals(await followed.next(), ["1 vif/0 event-channel-tx 10 ok", "1 vif/0 event-channel-rx 11 ok"]);
  view.set(1, 10, { status: "closed", vcpu: 0 });
  view.put("/local/domain/0/backend/vif/1/0", { state: "5" });
  assertEquals(await followed.next(), [
    "1 vif/0 frontend Closed",
    "1 vif/0 event-channel-tx 10 closed",
    "1 vif/0 event-channel-rx 11 waiting",
  ]);
  await followed.stop();
  assertEquals(view.watching, 0);
});

test("a change without an effect is not reported", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view);
  view.put("/local/domain/1", { "console/limit": "5", "store/port": "1" });
  view.put("/local/domain/1/memory", { target: "1" });
  view.put("/local/domain/1", { "console/port": "7" });
  assertEquals(await followed.next(), ["1 console port 7 closed"]);
  await followed.stop();
});

test("channels of new and removed domains are reported", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view);
  view.guest(2);
  assertEquals(await followed.next(), ["2 console port 2 ok", "2 store port 1 ok"]);
  view.remove("/local/domain/1");
  assertEquals(await followed.next(), ["1 console port removed", "1 store port removed"]);
  await followed.stop();
});

test("a domain is looked at twice a second at most, however often it changes; others are not held up", async () => {
  const view = new TestHostView().guest(1).guest(2);
  const followed = await follow(view);
  let looks = 0;
  view.onRead = (path) => looks += Number(path === "/local/domain/1/name");
  const toggle = async (times: number) => {
    for (let i = 0; i < times; i++) {
      view.put("/local/domain/1", { "console/port": String(8 + i % 2) });
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  await toggle(50);
  assertEquals(looks, 2); // a domain with faults is read twice
  view.put("/local/domain/2", { "console/port": "7" });
  await toggle(50);
  assertEquals(followed.reports.map(([first]) => first), ["1 console port 8 closed", "2 console port 7 closed"]);
  followed.clock.advance(499);
  await toggle(50);
  assertEquals(looks, 2);
  followed.clock.advance(1);
  await toggle(1); // to the port that was seen last: looked at, and nothing to report
  assertEquals([looks, followed.reports.length], [4, 2]);
  followed.reports.length = 0;
  await followed.stop();
});

test("an interval ends also if a domain changes all the time", async () => {
  const view = new TestHostView().guest(1).guest(2);
  const followed = await follow(view, { interval: 2000 });
  view.set(2, 2, { status: "closed", vcpu: 0 });
  const told: string[] = [];
  for (let i = 0; i < 5; i++) {
    view.put("/local/domain/1", { "console/port": String(7 + i % 2) });
    told.push(...await followed.next());
  }
  assertEquals(told.filter((line) => line.startsWith("2")), ["2 console port 2 closed"]);
  await followed.stop();
});

test("a domain that cannot be read is reported once, and later that it can be, and only what changed meanwhile", async () => {
  const view = new TestHostView().guest(1).guest(2);
  const followed = await follow(view);
  view.refuse.read = (path) =>
    path === "/local/domain/1/device/vif" ? new DeviceError("xenstore", "EAGAIN", path, "Cannot list") : undefined;
  view.put("/local/domain/1", { "console/port": "7" });
  assertEquals(await followed.next(), ["1 Cannot list: EAGAIN"]);
  view.put("/local/domain/1", { "console/port": "8" });
  view.put("/local/domain/2", { "console/port": "9" });
  assertEquals(await followed.next(), ["2 console port 9 closed"]);
  view.refuse.read = undefined;
  view.put("/local/domain/1", { "console/port": "7" });
  assertEquals(await followed.next(), ["1 readable", "1 console port 7 closed"]);
  await followed.stop();
});

test("a domain that is as it was before it could not be read is reported as readable again, once", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view);
  const touch = () => view.put("/local/domain/1", { name: "guest1" });
  view.refuse.read = (path) =>
    path === "/local/domain/1/device/vif" ? new DeviceError("xenstore", "EAGAIN", path, "Cannot list") : undefined;
  touch();
  assertEquals(await followed.next(), ["1 Cannot list: EAGAIN"]);
  view.refuse.read = undefined;
  touch();
  assertEquals(await followed.next(), ["1 readable"]);
  followed.clock.advance(500);
  touch();
  view.put("/local/domain/1", { "console/port": "7" });
  assertEquals(await followed.next(), ["1 console port 7 closed"]);
  await followed.stop();
});

test("to begin with, the caller's domain is asked for once", async () => {
  const view = new TestHostView().guest(1);
  let asked = 0;
  const own = view.ownDomain.bind(view);
  view.ownDomain = () => {
    asked++;
    return own();
  };
  await (await follow(view)).stop();
  assertEquals(asked, 1);
});

test("only the domains that were asked for are reported", async () => {
  const view = new TestHostView().guest(1).guest(2);
  const followed = await follow(view, { domains: [2] });
  assertEquals(followed.wiring!.domains.map(({ domain }) => domain), [2]);
  view.put("/local/domain/1", { "console/port": "7" });
  view.guest(3);
  view.put("/local/domain/2", { "console/port": "8" });
  assertEquals(await followed.next(), ["2 console port 8 closed"]);
  await followed.stop();
});

test("many changes read each domain once", async () => {
  const view = new TestHostView().guest(1).guest(2);
  const followed = await follow(view);
  const before = view.asked;
  view.put("/local/domain/1", { "console/port": "7" });
  await followed.next();
  const one = view.asked - before;
  for (let i = 0; i < 10_000; i++) view.put("/local/domain/1", { "console/port": String(i + 8) });
  assertEquals(await followed.next(), ["1 console port 10007 closed"]);
  assertEquals(view.asked - before, 2 * one);
  await followed.stop();
});

test("a change during the first read is not missed", async () => {
  const view = new TestHostView().guest(1);
  let once = true;
  view.onRead = (path) => {
    // The old value has been read already.
    if (path !== "/local/domain/1/store/backend-id" || !once) return;
    once = false;
    queueMicrotask(() => view.device(1, "vif/0", { "event-channel": 10 }));
  };
  const followed = new Followed(view);
  assertEquals(await followed.next(), ["begun"]);
  const seen = followed.wiring!.domains.flatMap(({ channels }) => channels).some(({ claim }) =>
    claim.device === "vif/0"
  );
  if (!seen) assertEquals(await followed.next(), ["1 vif/0 event-channel 10 ok"]);
  await followed.stop();
});

test("an interval finds changes of ports", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view, { interval: 1000 });
  await followed.clock.asleep();
  view.set(1, 2, { status: "closed", vcpu: 0 });
  followed.clock.advance(1000);
  assertEquals(await followed.next(), ["1 console port 2 closed"]);
  await followed.clock.asleep();
  view.bind(1, 2, 0, 102);
  followed.clock.advance(1000);
  assertEquals(await followed.next(), ["1 console port 2 ok"]);
  await followed.stop();
  assertEquals(followed.clock.sleeping, 0);
});

test("a lost connection ends it with its error", async () => {
  const view = new TestHostView().guest(1);
  const dies = Promise.withResolvers<never>();
  const dead = new DeviceError("xenstore", "ECONNRESET", "xenstore", "Cannot watch xenstore");
  view.watch = async function* () {
    yield "/local/domain";
    await dies.promise;
  };
  const followed = await follow(view);
  dies.reject(dead);
  assertEquals((await assertRejects(() => followed.ended, DeviceError) as unknown as DeviceError).errno, "ECONNRESET");
});

test("a missing domain is an error, and leaves no watch", async () => {
  const view = new TestHostView();
  const followed = new Followed(view, { domains: [7] });
  await assertRejects(() => followed.ended, DeviceError, "Cannot find domain 7 in xenstore");
  assertEquals(view.watching, 0);
});

test("a path belongs to the frontend's domain", () => {
  const cases: [string, number | undefined][] = [
    ["/local/domain", undefined],
    ["/local/domain/3", 3],
    ["/local/domain/3/device", 3],
    ["/local/domain/3/device/vif/0/state", 3],
    ["/local/domain/3/console/port", 3],
    ["/local/domain/3/store", 3],
    ["/local/domain/3/name", 3],
    ["/local/domain/3/memory/target", undefined],
    ["/local/domain/3/names", undefined],
    ["/local/domain/0/backend/vif/3/0/state", 3],
    ["/local/domain/5/backend/vbd/3", 3],
    ["/local/domain/0/backend/vif", undefined],
    ["/local/domain/x/device", undefined],
    ["@releaseDomain", undefined],
  ];
  assertEquals(cases.map(([path]) => [path, domainOfPath(path)]), cases);
});

test("if the caller's domain is unknown, all domains are followed, also new ones", async () => {
  const view = new TestHostView().guest(1);
  view.own = undefined;
  const followed = await follow(view);
  view.guest(2);
  assertEquals(await followed.next(), ["2 console port 2 ok", "2 store port 1 ok"]);
  await followed.stop();
});

/** A vif whose backend is where its state says, and that has written no port; what is shown of its channel is left out. */
function waiting(view: TestHostView, state: string, backendState: string): void {
  view.device(1, "vif/0", {}, { state, backendState });
}

const steps = (lines: readonly string[]) => lines.filter((line) => !line.includes(" event-channel "));

test("each step of a handshake is reported, with how long the one before took, until the device is connected", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view);
  waiting(view, "1", "1");
  assertEquals(steps(await followed.next()), ["1 vif/0 backend InitWait"]);
  followed.clock.advance(11_500);
  waiting(view, "1", "2");
  assertEquals(steps(await followed.next()), [
    "1 vif/0 frontend Connected after Initialising/Initialising 12000 ms",
  ]);
  view.device(1, "vif/0", { "event-channel": 10 }, { state: "4", backendState: "2", bound: false });
  view.set(1, 10, { status: "unbound", vcpu: 0, remoteDomain: 0 });
  assertEquals(steps(await followed.next()), ["1 vif/0 backend Connected after Initialising/InitWait 500 ms"]);
  followed.clock.advance(2_500);
  view.device(1, "vif/0", { "event-channel": 10 });
  assertEquals(steps(await followed.next()), ["1 vif/0 done after Connected/InitWait 3000 ms"]);
  await followed.stop();
});

test("a device that waits is reported again when it has waited so long, once for each, with the same beginning", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view, { waits: [10_000, 60_000] });
  waiting(view, "1", "2");
  assertEquals(steps(await followed.next()), ["1 vif/0 frontend Connected"]);
  followed.clock.advance(9_500);
  assertEquals(await followed.next(), ["1 vif/0 frontend Connected waits 10000 ms"]);
  followed.clock.advance(49_500);
  assertEquals(await followed.next(), ["1 vif/0 frontend Connected waits 60000 ms"]);
  followed.clock.advance(1e6);
  waiting(view, "1", "4");
  assertEquals(steps(await followed.next()), ["1 vif/0 backend InitWait after Initialising/InitWait 1060500 ms"]);
  await followed.stop();
});

test("reports that come late together are one", async () => {
  const view = new TestHostView().guest(1);
  const followed = await follow(view, { waits: [10_000, 60_000] });
  waiting(view, "1", "2");
  await followed.next();
  followed.clock.advance(299_500);
  assertEquals(await followed.next(), ["1 vif/0 frontend Connected waits 300000 ms"]);
  await followed.stop();
});

test("what waits at the start is part of the beginning, with its time, and a removed device waits no more", async () => {
  const view = new TestHostView().guest(1);
  waiting(view, "1", "2");
  const followed = await follow(view, { waits: [10_000] });
  const [vif] = followed.wiring!.domains.flatMap(({ channels }) => channels).filter(({ claim }) => claim.handshake);
  assertEquals(vif.claim.handshake, { owes: "frontend", step: "Connected", since: followed.clock.now() });
  view.remove("/local/domain/1/device/vif");
  assertEquals(await followed.next(), ["1 vif/0 event-channel removed"]);
  followed.clock.advance(20_000);
  await followed.stop();
});

test("a domain that is gone waits no more", async () => {
  const view = new TestHostView().guest(1);
  waiting(view, "1", "2");
  const followed = await follow(view, { waits: [10_000] });
  view.remove("/local/domain/1");
  assertEquals((await followed.next()).every((line) => line.endsWith("removed")), true);
  followed.clock.advance(20_000);
  await followed.stop();
});
