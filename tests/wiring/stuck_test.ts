/** Channels at which an event waits, in two looks at Xen's bits. */
import { assertEquals, assertMatch } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { lookForStuck } from "../../lib/wiring/stuck.ts";
import type { WiredChannel } from "../../lib/wiring/types.ts";
import { FakeView } from "../support/fake_view.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";

type Bits = "00" | "01" | "10" | "11";

const slashed = (bits: Bits) => [...bits].join("/");

/** What Xen prints where the backend's ports (tx, rx, console) and the frontend's tx have these bits. */
function dump(bits: Partial<Record<"tx" | "rx" | "console" | "guest", Bits>>): string {
  const { tx = "00", rx = "00", console = "00", guest = "00" } = bits;
  return `(XEN) 'e' pressed -> dumping event-channel info
(XEN) Event channel information for domain 0:
(XEN)       21 [${slashed(console)}/  -   ]: s=3 n=0 x=0 d=1 p=2
(XEN)       31 [${slashed(tx)}/  -   ]: s=3 n=1 x=0 d=1 p=11
(XEN)       32 [${slashed(rx)}/  -   ]: s=3 n=1 x=0 d=1 p=12
(XEN) Event channel information for domain 1:
(XEN)        2 [0/0/  -   ]: s=3 n=0 x=0 d=0 p=21
(XEN)       11 [${slashed(guest)}/  -   ]: s=3 n=1 x=0 d=0 p=31
(XEN)       12 [0/0/  -   ]: s=3 n=1 x=0 d=0 p=32
`;
}

/** A guest with a console and a vif, whose Xen prints these texts in turn. */
function hostWith(...dumps: string[]): FakeView {
  const backend = "/local/domain/0/backend/vif/1/0";
  const view = new FakeView()
    .put("/local/domain/1", { name: "web", "console/port": "2", "console/backend-id": "0" })
    .put("/local/domain/1/device/vif/0", {
      backend,
      "backend-id": "0",
      state: "4",
      "event-channel-tx": "11",
      "event-channel-rx": "12",
    })
    .put(backend, { state: "4", frontend: "/local/domain/1/device/vif/0", "frontend-id": "1" })
    .bind(0, 21, 1, 2).bind(0, 31, 1, 11).bind(0, 32, 1, 12);
  view.dumps.push(...dumps);
  view.xenDomains = [0, 1].map((domain) => ({ domain, dying: false, shutdown: false, paused: false }));
  return view;
}

/** The look, whose second part comes 200 ms later. */
async function look(view: FakeView, signal = new AbortController().signal) {
  const clock = new TestClock();
  const looking = lookForStuck(view, await lookAtWiring(view, [1]), { settle: 200, clock, signal });
  const slept = await Promise.race([clock.asleep().then(() => true), looking.then(() => false)]);
  clock.advance(199);
  assertEquals(clock.sleeping, slept ? 1 : 0);
  clock.advance(1);
  const { wiring, ...rest } = await looking;
  return { ...rest, looks: slept ? 2 : 1, channels: wiring.domains.flatMap(({ channels }) => channels) };
}

const verdicts = (channels: readonly WiredChannel[]): Record<string, string> =>
  Object.fromEntries(channels.map(({ claim: { device, key }, verdict }) => [`${device} ${key}`, verdict]));

const QUIET = { "console port": "ok", "vif/0 event-channel-tx": "ok", "vif/0 event-channel-rx": "ok" };

const reasonOf = (channels: readonly WiredChannel[]) => channels.find(({ reason }) => reason !== undefined)!;

test("where no event waits, one look is enough", async () => {
  assertEquals(await look(hostWith(dump({ rx: "01" }))).then(({ looks, channels }) => [looks, verdicts(channels)]), [
    1,
    QUIET,
  ]);
});

test("a backend that does not unmask is stuck, and named", async () => {
  const { looks, channels } = await look(hostWith(dump({ tx: "11" })));
  assertEquals([looks, verdicts(channels)], [2, { ...QUIET, "vif/0 event-channel-tx": "stuck" }]);
  const { reason, stuckEnd } = reasonOf(channels);
  assertEquals(stuckEnd, "backend");
  assertMatch(reason!, /^an event waits at port 31 of domain 0, which is masked: the backend in domain 0 was told/);
});

test("a daemon that does not unmask is named", async () => {
  const { channels } = await look(hostWith(dump({ console: "11" })));
  assertEquals(verdicts(channels), { ...QUIET, "console port": "stuck" });
  assertMatch(reasonOf(channels).reason!, /port 21 of domain 0, which is masked: xenconsoled.*is it stopped\?$/);
});

test("a guest that does not take an event is stuck, and why it does not is said where Xen tells", async () => {
  const text = dump({ guest: "10" });
  const reasons = [];
  for (const flags of [{}, { paused: true }, { shutdown: true }, { paused: true, dying: true }]) {
    const view = hostWith(text);
    view.xenDomains = view.xenDomains.map((each) => each.domain === 1 ? { ...each, ...flags } : each);
    const { channels } = await look(view);
    assertEquals(verdicts(channels), { ...QUIET, "vif/0 event-channel-tx": "stuck" });
    const { reason, stuckEnd } = reasonOf(channels);
    assertEquals(stuckEnd, "frontend");
    reasons.push(reason!.replace("an event waits at port 11 of domain 1, and vCPU 1 there does not take it: ", ""));
  }
  assertEquals(reasons, [
    "it hangs, or gets no time of a processor",
    "the domain is paused; `xl unpause` lets it run",
    "its kernel has ended or is suspended",
    "the domain is being destroyed",
  ]);
});

test("a guest's driver that does not unmask is named", async () => {
  const { channels } = await look(hostWith(dump({ guest: "11" })));
  assertMatch(reasonOf(channels).reason!, /port 11 of domain 1, which is masked: the frontend's driver was told/);
});

test("what moved between the looks is flow", async () => {
  const moves: readonly [Bits, Bits][] = [["11", "01"], ["11", "00"], ["11", "10"], ["10", "11"], ["10", "00"]];
  for (const [first, second] of moves) {
    const { looks, channels } = await look(hostWith(dump({ tx: first }), dump({ tx: second })));
    assertEquals([looks, verdicts(channels)], [2, QUIET], `${first} ${second}`);
  }
});

test("a port that is another channel's by now is not stuck", async () => {
  for (const other of ["s=3 n=1 x=0 d=1 p=13", "s=2 n=1 x=0 d=1", "s=3 n=1 x=1 d=1 p=11"]) {
    const text = dump({ tx: "11" });
    const view = hostWith(text, text.replace("s=3 n=1 x=0 d=1 p=11", other));
    assertEquals(verdicts((await look(view)).channels), QUIET, other);
  }
});

test("a network device whose interface is down in the backend's domain is not stuck: all its ports are masked", async () => {
  const { channels } = await look(hostWith(dump({ tx: "11", rx: "01" })));
  assertEquals(verdicts(channels), { ...QUIET, "vif/0 event-channel-tx": "idle" });
  assertEquals(
    reasonOf(channels).reason,
    "the interface in domain 0 is down, and takes no events until it is up",
  );
});

test("whether an interface is down says the kernel, if the backend is in it", async () => {
  const cases = [["0x1003\n", "11", "01", "stuck"], ["0x1002\n", "11", "00", "idle"], [
    "",
    "11",
    "01",
    "idle",
  ]] as const;
  for (const [flags, tx, rx, verdict] of cases) {
    const view = hostWith(dump({ tx, rx }));
    view.texts.set("/sys/bus/xen-backend/devices/vif-1-0/net/web-net/flags", flags);
    assertEquals(verdicts((await look(view)).channels)["vif/0 event-channel-tx"], verdict, flags);
  }
});

test("a guest that does not take an event is stuck, whatever the interface of its backend", async () => {
  const { channels } = await look(hostWith(dump({ tx: "11", rx: "01", guest: "10" })));
  assertEquals(reasonOf(channels).stuckEnd, "frontend");
});

test("where it is refused, or Xen cannot be asked, the wiring is as it was", async () => {
  const view = hostWith(dump({ tx: "11" }));
  view.refuse.xen = new DeviceError("sysctl", "EPERM", "sysctl", "Cannot read Xen's console");
  const { refused, looks, channels } = await look(view);
  assertEquals([refused, looks, verdicts(channels)], [view.refuse.xen, 1, QUIET]);
  const blind = hostWith(dump({ tx: "11" }));
  blind.refuse.tables = new DeviceError("privcmd", "ENOENT", "/dev/xen/privcmd", "Cannot open it");
  assertEquals((await look(blind)).refused, undefined);
});

test("an interrupted look is left, and finds nothing", async () => {
  const view = hostWith(dump({ tx: "11" }));
  const wiring = await lookAtWiring(view, [1]);
  const looked = await lookForStuck(view, wiring, {
    settle: 200,
    clock: new TestClock(),
    signal: AbortSignal.abort(),
  });
  assertEquals(looked, { wiring, missing: 0 });
});

test("of a dump that is cut, what is left is used, and what is missing is counted", async () => {
  const cut = dump({ guest: "10", tx: "11" }).split("\n").slice(3).join("\n"); // port 21 of domain 0 is lost
  const { missing, channels } = await look(hostWith(cut));
  assertEquals([missing, verdicts(channels)["vif/0 event-channel-tx"]], [1, "stuck"]);
  const half = dump({ guest: "10" }).split("\n").slice(6).join("\n"); // no heading at all: domain 1 is the last
  assertEquals((await look(hostWith(half))).missing, 3);
  assertEquals(verdicts((await look(hostWith(half))).channels)["vif/0 event-channel-tx"], "stuck");
});
