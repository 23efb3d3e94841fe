/** The checks of `doctor` on hosts that a test makes: what they conclude, and that none of them waits for ever. */
import { assertEquals, assertMatch } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { DeviceError } from "../../lib/errors.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { diagnose, type Diagnosis, type Examined } from "../../lib/inspect/doctor.ts";
import { diagnosisLines } from "../../lib/render/doctor.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { FakeView } from "../support/fake_view.ts";
import { createWorld } from "../support/simulated.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";

const XEN_FILES: Readonly<Record<string, string>> = {
  type: "xen\n",
  guest_type: "PV\n",
  "version/major": "4\n",
  "version/minor": "20\n",
  "version/extra": ".5-pre\n",
  "properties/features": "00000b05\n",
};

/** A view of a host with Xen. */
function hostWithXen(): FakeView {
  const view = new FakeView();
  for (const [name, text] of Object.entries(XEN_FILES)) view.texts.set(`/sys/hypervisor/${name}`, text);
  return view;
}

const missing = (op: string, path: string) => new DeviceError(op, "ENOENT", path, `Cannot open "${path}"`, "load it");

/** A machine without Xen. */
function hostWithoutXen(): FakeView {
  const view = new FakeView();
  const privcmd = missing("privcmd", "/dev/xen/privcmd");
  Object.assign(view.refuse, { tables: privcmd, xen: privcmd, store: missing("xenstore", "/dev/xen/xenbus") });
  for (const node of ["evtchn", "hypercall"]) view.fileErrnos.set(`/dev/xen/${node}`, "ENOENT");
  return view;
}

function examined(view: FakeView, other: Partial<Examined> = {}): Examined {
  const clock = new TestClock();
  const kernel = { syscalls: createWorld({ clock }).process(0), abi: LINUX };
  return {
    handle: () => LocalDevice.open(LINUX.devicePath, kernel),
    view: () => view,
    runtime: { name: "Deno", lacks: [], libc: { state: "loaded", version: "glibc 2.41" } },
    sockets: () => [],
    hostClock: clock,
    clock,
    ...other,
  };
}

async function diagnosed(all: Examined): Promise<ReadonlyMap<string, Diagnosis>> {
  const found = await Array.fromAsync(diagnose(all, 5000, new AbortController().signal));
  return new Map(found.map((each) => [each.check, each]));
}

const said = (found: ReadonlyMap<string, Diagnosis>, check: string) => {
  const { state, detail } = found.get(check)!;
  return `${state}: ${detail}`;
};

test("without Xen the simulator is tried, after all that is missing", async () => {
  const noDevice = () => Promise.reject(missing("open", "/dev/xen/evtchn"));
  const found = await diagnosed(examined(hostWithoutXen(), { handle: noDevice }));
  assertEquals([...found.keys()].at(-1), "simulator");
  assertEquals(
    [...found.values()].filter(({ state }) => state === "missing").map(({ check }) => check),
    ["xen", "driver", "privcmd", "hypercall", "xenstore"],
  );
  assertMatch(said(found, "simulator"), /^ok: it works: `--simulator`/);
  assertEquals(said(found, "xen"), "missing: this is no Xen domain");
  const kvm = hostWithoutXen();
  kvm.texts.set("/sys/hypervisor/type", "other\n");
  assertEquals(said(await diagnosed(examined(kvm)), "xen"), "missing: this is no Xen domain, but one of other");
});

test("Xen is told with its version, and a kernel that does not show it is no machine without Xen", async () => {
  const found = await diagnosed(examined(hostWithXen()));
  assertEquals(said(found, "xen"), "ok: Xen 4.20.5-pre; this is the initial domain, PV");
  assertEquals(found.has("simulator"), false);
  const guest = hostWithXen();
  guest.texts.set("/sys/hypervisor/properties/features", "00000305\n");
  guest.texts.delete("/sys/hypervisor/guest_type"); // before Linux 4.13
  assertEquals(said(await diagnosed(examined(guest)), "xen"), "ok: Xen 4.20.5-pre; this is a guest");
  const hidden = new FakeView();
  hidden.fileErrnos.set("/sys/hypervisor/type", "ENOENT");
  assertEquals(
    said(await diagnosed(examined(hidden)), "xen"),
    "unknown: this kernel does not show its Xen in /sys/hypervisor",
  );
});

test("the driver's module is named, and so is a driver that is built in", async () => {
  const loaded = hostWithXen();
  loaded.texts.set("/sys/module/xen_evtchn/refcnt", "0\n");
  assertMatch(said(await diagnosed(examined(loaded)), "driver"), /; module xen_evtchn$/);
  assertMatch(said(await diagnosed(examined(hostWithXen())), "driver"), /; the driver is built in$/);
});

test("one device that counts events is enough, and a kernel whose devices count none is too old", async () => {
  const bus = "/sys/bus/xen-backend/devices";
  const view = hostWithXen();
  assertMatch(
    said(await diagnosed(examined(view)), "counters"),
    /^unknown: no driver of this kernel has a Xen device now/,
  );
  view.texts.set(`${bus}/console-1-0/state`, "Connected\n"); // a daemon's: this kernel has no driver for it
  view.fileErrnos.set(`${bus}/console-1-0/driver`, "ENOENT");
  assertMatch(
    said(await diagnosed(examined(view)), "counters"),
    /^unknown: no driver of this kernel has a Xen device now/,
  );
  view.texts.set(`${bus}/vbd-1-51712/state`, "Connected\n");
  view.links.set(`${bus}/vbd-1-51712/driver`, "../../bus/xen-backend/drivers/vbd");
  assertEquals(
    said(await diagnosed(examined(view)), "counters"),
    "missing: none of 1 devices shows counters in sysfs",
  );
  view.texts.set(`${bus}/vif-1-0/xenbus/events`, "7\n");
  assertMatch(said(await diagnosed(examined(view)), "counters"), /^ok: /);
});

test("FLASK is told with what it does, and a policy that nobody names is unknown", async () => {
  const policyOf = async (traits: FakeView["xenTraits"]) => {
    const view = hostWithXen();
    view.xenTraits = traits;
    return said(await diagnosed(examined(view)), "policy");
  };
  assertEquals(await policyOf({ flask: "enforcing" }), "ok: FLASK, enforcing");
  assertEquals(await policyOf({ flask: "permissive" }), "ok: FLASK, permissive");
  assertEquals(
    await policyOf({ flask: "absent", commandLine: "noxsm=silo" }),
    "unknown: no FLASK; none or SILO: Xen's default",
  );
  assertMatch(await policyOf({ flask: "absent" }), /^unknown: no FLASK; .* to the control domain alone$/);
});

test("a check that gets no answer ends at its deadline, and the others are told at once", async () => {
  const clock = new TestClock();
  const view = hostWithXen();
  const tables = view.tables.bind(view);
  view.tables = () => ({ ...tables(), traits: () => new Promise(() => {}), status: view.status.bind(view) });
  const all = diagnose(examined(view, { clock }), 300, new AbortController().signal);
  const told: string[] = [];
  for (let i = 0; i < 6; i++) told.push((await all.next()).value!.check);
  assertEquals(told.at(-1), "hypercall");
  const waiting = all.next(); // the kind of events, which hangs
  clock.advance(300);
  const { check, state, detail } = (await waiting).value!;
  assertEquals([check, state, detail], ["events", "unknown", "no answer within 300 ms"]);
  const rest = await Array.fromAsync(all);
  assertEquals(rest.filter(({ state }) => state !== "ok").map(({ check }) => check), ["policy", "counters"]);
  assertEquals(clock.sleeping, 0);
});

test("a quick xenstored is timed five times, and a slow one once", async () => {
  for (const [milliseconds, asked] of [[1, 5], [300, 1]]) {
    const hostClock = new TestClock();
    const view = hostWithXen();
    view.onRead = () => hostClock.spend(milliseconds);
    view.nodes.set("domid", "0");
    const found = (await diagnosed(examined(view, { hostClock }))).get("xenstore")!;
    assertEquals(found.detail, `xenstored answers in ${milliseconds}.00 ms; this is domain 0`);
    assertEquals([found.durationUs, view.asked], [milliseconds * 1000, asked]);
  }
});

test("a text of the host is escaped and fits the terminal", () => {
  const hostile = { check: "xen", state: "missing", detail: "one of \x1b[2J and more words", cure: "go\non" } as const;
  assertEquals(diagnosisLines(hostile, PLAIN), [
    "xen        missing  one of \\x1b[2J and more words",
    "                    hint: go\\non",
  ]);
  assertEquals(diagnosisLines(hostile, PLAIN, 30), [
    "xen        missing",
    "  one of \\x1b[2J and more",
    "  words",
    "  hint: go\\non",
  ]);
});
