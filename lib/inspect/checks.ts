/** The checks of `doctor`: each looks at one thing that evtchn needs. @module */

import { HYPERCALL_PATH, PRIVCMD_PATH } from "../../ffi/privcmd.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { askSessions, type FoundSession } from "../session/found.ts";
import { DOMID_SELF } from "../types.ts";
import { FIRST_PORT, type HostView } from "../view/host_view.ts";
import type { KernelFiles } from "../view/kernel_files.ts";
import type { XenTraits } from "../view/xen_traits.ts";
import type { Check, Examined, Finding } from "./doctor.ts";

const ok = (detail: string): Finding => ({ state: "ok", detail });
const unknown = (detail: string): Finding => ({ state: "unknown", detail });

/** In the order in which they are shown. */
export const CHECKS: Readonly<Record<string, Check>> = {
  deno,
  libc,
  xen,
  driver,
  privcmd,
  hypercall,
  events,
  sysctl,
  policy,
  counters,
  sessions,
};

/** Those that may be slow. */
export const LAST_CHECKS: Readonly<Record<string, Check>> = { xenstore };

const PERMISSIONS = "start evtchn by the first line of its main.ts, or give Deno what that line gives";

function deno({ runtime: { name, lacks } }: Examined): Finding {
  if (lacks.length === 0) return ok(`${name}, with all permissions that evtchn uses`);
  return { state: "refused", detail: `${name}, without ${lacks.join(" ")}`, cure: PERMISSIONS };
}

function libc({ runtime: { libc } }: Examined): Finding {
  switch (libc.state) {
    case "loaded":
      return ok(libc.version);
    case "refused":
      return { state: "refused", detail: "Deno was not given --allow-ffi for it", cure: PERMISSIONS };
    case "missing":
      return {
        state: "missing",
        detail: "there is no glibc that says its version",
        cure: "another system than Linux needs none of these; musl does not do",
      };
    case "given-up":
      return unknown("a simulated host needs none, and the permission for it was given up");
  }
}

/** Bit 11 of the features: XENFEAT_dom0 (xen/include/public/features.h). */
const FEATURE_DOM0 = 1 << 11;

async function xen(examined: Examined): Promise<Finding> {
  const files = (await examined.view()).files();
  const type = await textOf(files, "/sys/hypervisor/type");
  if (type !== "xen") {
    if (await isThere(files, "/dev/xen/evtchn")) return unknown("this kernel does not show its Xen in /sys/hypervisor");
    return {
      state: "missing",
      detail: type === undefined ? "this is no Xen domain" : `this is no Xen domain, but one of ${type}`,
      cure: "boot the machine with Xen; `--simulator` needs none",
    };
  }
  const [major, minor, extra, guest, features] = await Promise.all(
    ["version/major", "version/minor", "version/extra", "guest_type", "properties/features"].map((name) =>
      textOf(files, `/sys/hypervisor/${name}`)
    ),
  );
  const version = `Xen ${major ?? "?"}.${minor ?? "?"}${extra ?? ""}`;
  const initial = (Number.parseInt(features ?? "", 16) & FEATURE_DOM0) !== 0;
  const role = initial ? "the initial domain" : "a guest";
  return ok(`${version}; this is ${role}${guest === undefined ? "" : `, ${guest}`}`);
}

/** Binds a port and lets it go again, so that the driver and Xen have answered. */
async function driver(examined: Examined): Promise<Finding> {
  const handle = await examined.handle();
  await handle.unbind(await handle.allocUnbound(DOMID_SELF));
  return ok(`a port was bound and let go again${await moduleText(await examined.view())}`);
}

async function moduleText(view: HostView): Promise<string> {
  let files: KernelFiles;
  try {
    files = view.files();
  } catch (error) {
    if (error instanceof DeviceError) return "";
    throw error;
  }
  const found = await files.list("/sys/module/xen_evtchn");
  return typeof found !== "string" ? "; module xen_evtchn" : found === "ENOENT" ? "; the driver is built in" : "";
}

async function privcmd(examined: Examined): Promise<Finding> {
  const view = await examined.view();
  let tables;
  try {
    tables = await view.tables();
  } catch (error) {
    if (!isOf(error, "hypercall")) throw error;
    return unknown(
      `${PRIVCMD_PATH} can be opened; whether it makes hypercalls cannot be tried without memory for them`,
    );
  }
  const answer = await tables.status(DOMID_SELF, FIRST_PORT);
  if (typeof answer !== "string" || answer === "EACCES") return ok("it makes hypercalls for evtchn");
  throw new DeviceError("list", answer, PRIVCMD_PATH, "Cannot ask Xen about a port", explain("list", answer));
}

async function hypercall(examined: Examined): Promise<Finding> {
  const view = await examined.view();
  try {
    await view.tables();
  } catch (error) {
    if (!isOf(error, "privcmd")) throw error;
    if (await isThere(view.files(), HYPERCALL_PATH)) {
      return unknown(`${HYPERCALL_PATH} is there; it is used with privcmd`);
    }
    throw new DeviceError(
      "hypercall",
      "ENOENT",
      HYPERCALL_PATH,
      `Cannot find "${HYPERCALL_PATH}"`,
      "the module xen-privcmd makes it, from Linux 4.18 on",
    );
  }
  return ok("memory for hypercalls can be mapped");
}

async function events(examined: Examined): Promise<Finding> {
  const { events } = await traitsOf(examined) ?? {};
  switch (events) {
    case "FIFO":
      return ok("FIFO events: a domain may have 131072 ports");
    case "2-level":
      return ok("2-level events: a domain may have 4096 ports");
    default:
      return unknown("FIFO or 2-level: only hypercalls tell, which do not work here");
  }
}

async function sysctl(examined: Examined): Promise<Finding> {
  try {
    const { length } = await (await (await examined.view()).xen()).domains();
    return ok(`allowed: Xen has ${length} ${length === 1 ? "domain" : "domains"}`);
  } catch (error) {
    if (isOf(error, "privcmd") || isOf(error, "hypercall")) return unknown("it is asked through privcmd");
    throw error;
  }
}

async function policy(examined: Examined): Promise<Finding> {
  const { flask, commandLine } = await traitsOf(examined) ?? {};
  if (flask === "enforcing" || flask === "permissive") return ok(`FLASK, ${flask}`);
  const [, chosen] = /(?:^|\s)xsm=(\w+)/.exec(commandLine ?? "") ?? [];
  if (flask !== undefined && chosen === "silo") return ok("SILO: guests make channels with the control domain alone");
  if (flask !== undefined && chosen === "dummy") return ok("Xen's own rules alone (xsm=dummy)");
  if (flask === undefined) return unknown("only hypercalls tell, which do not work here");
  const chosenBy = commandLine === undefined
    ? "Xen tells its command line to the control domain alone"
    : "Xen's default";
  return unknown(`no FLASK; none or SILO: ${chosenBy}`);
}

/** Where each bus has its devices. */
const BUSES = ["/sys/bus/xen-backend/devices", "/sys/bus/xen/devices"];

/** How many devices are looked at, at most: one that counts is enough. */
const DEVICES = 64;

async function counters(examined: Examined): Promise<Finding> {
  const files = (await examined.view()).files();
  const listed = await Promise.all(BUSES.map(async (bus) => {
    const names = await files.list(bus);
    return typeof names === "string" ? [] : names.map((name) => `${bus}/${name}`);
  }));
  let counted = 0;
  for (const device of listed.flat().slice(0, DEVICES)) {
    const count = await files.read(`${device}/xenbus/events`);
    if (typeof count !== "string") return ok("the kernel counts the events of its devices in sysfs");
    if (count !== "ENOENT") return { state: "refused", detail: `Cannot read "${device}/xenbus/events": ${count}` };
    // A daemon serves a device without a driver, as xenconsoled does: the kernel has nothing to count.
    if (typeof await files.link(`${device}/driver`) !== "string") counted++;
  }
  if (counted === 0) return unknown("no driver of this kernel has a Xen device now whose events it could count");
  return {
    state: "missing",
    detail: `none of ${counted} devices shows counters in sysfs`,
    cure: "Linux counts the events of devices from 5.12 on",
  };
}

async function sessions({ sockets, clock }: Examined): Promise<Finding> {
  const all = await sockets();
  const found = await askSessions(all, clock);
  const count = (wanted: FoundSession["state"]) => found.filter(({ state }) => state === wanted).length;
  const counts = [
    [count("running"), "running"],
    [count("silent"), "silent"],
    [count("other-version"), "of another version"],
    [count("unusable"), "unusable"],
    [all.length - found.length, "dead"],
  ] as const;
  const detail = counts.filter(([number]) => number > 0).map((words) => words.join(" ")).join(", ") || "none";
  if (found.length === count("running")) return ok(detail);
  return { ...unknown(detail), cure: "`evtchn session list` shows which; end the process of one that is stuck" };
}

/** How many answers of xenstored are timed: fewer where they take longer than this, milliseconds. */
const ANSWERS = 5;
const ANSWERS_WITHIN = 200;

async function xenstore(examined: Examined): Promise<Finding> {
  const { hostClock } = examined;
  const store = await (await examined.view()).store();
  const times: number[] = [];
  let domain: string | undefined;
  const began = hostClock.monotonic();
  do {
    const start = hostClock.monotonic();
    domain = await store.read("domid");
    times.push((hostClock.monotonic() - start) * 1000);
  } while (times.length < ANSWERS && hostClock.monotonic() - began < ANSWERS_WITHIN);
  const durationUs = times.sort((a, b) => a - b)[times.length >> 1];
  const whose = domain === undefined ? "" : `; this is domain ${domain}`;
  return { ...ok(`xenstored answers in ${(durationUs / 1000).toFixed(2)} ms${whose}`), durationUs };
}

/** Where there is no Xen: makes a channel on a simulated host, and sends an event over it. */
export async function simulator(): Promise<Finding> {
  const [{ simulatedKernel }, { LocalDevice }] = await Promise.all([
    import("../sim/mod.ts"),
    import("../handle/device.ts"),
  ]);
  const kernel = await simulatedKernel("linux", 0, undefined, true);
  const handle = LocalDevice.open(kernel.abi.devicePath, kernel);
  try {
    const port = handle.allocUnbound(DOMID_SELF);
    handle.notify(handle.bindInterdomain(DOMID_SELF, port));
    const ports = handle.read();
    if (typeof ports !== "string" && ports.includes(port)) {
      return ok("it works: `--simulator`, or EVTCHN_DEVICE=sim:linux, needs no Xen");
    }
    return { state: "missing", detail: "an event that was sent on a simulated host did not come" };
  } finally {
    handle.close();
  }
}

/** Undefined: no hypercall can be made. */
async function traitsOf(examined: Examined): Promise<XenTraits | undefined> {
  const view = await examined.view();
  try {
    return await (await view.tables()).traits();
  } catch (error) {
    if (error instanceof DeviceError && error.errno !== "ENOTSUP") return undefined;
    throw error;
  }
}

/** A short file as one line; undefined if it cannot be read. */
async function textOf(files: KernelFiles, path: string): Promise<string | undefined> {
  const file = await files.read(path);
  return typeof file === "string" ? undefined : file.text.trim();
}

/** Whether a device is there, which nobody has to open: readlink(2) of what is there, and is no link, is EINVAL. */
async function isThere(files: KernelFiles, path: string): Promise<boolean> {
  return await files.link(path) !== "ENOENT";
}

function isOf(error: unknown, op: "privcmd" | "hypercall"): boolean {
  return error instanceof DeviceError && error.op === op && error.errno !== "ENOTSUP";
}
