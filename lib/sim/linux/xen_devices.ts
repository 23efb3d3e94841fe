/**
 * The buses xen-backend and xen in sysfs (drivers/xen/xenbus/xenbus_probe.c): a device is there while its folder is in
 * xenstore.
 *
 * @module
 */

import { stateName } from "../../wiring/states.ts";
import { decodeText } from "../../xenstore/wire.ts";
import type { SimulatedDevice } from "../toolstack/devices.ts";
import { namesIn } from "../toolstack/toolstack.ts";
import { domainFolder } from "../xenstore/path.ts";
import { type FileNode, type FileTree, folderOf, textFile } from "./files.ts";
import type { ShownKernel } from "./kernel_files.ts";
import { backlog, delayedJiffies } from "./storm.ts";

/** A daemon serves these, as xenconsoled does: the kernel has a device, and no driver for it. */
const WITHOUT_DRIVER = ["console"];

/** One device on a bus, where it is called as in `vif-1-0`, or `vif-0` for a frontend. */
interface BusDevice {
  readonly kind: string;
  /** Its node below the domain's own folder, which is its own end's. */
  readonly node: string;
  /** Undefined: no simulated driver made it. */
  readonly device: SimulatedDevice | undefined;
}

/** A bus of a kernel. */
interface Bus {
  readonly name: string;
  names(): string[];
  /** Whether or not it exists; undefined: no device has such a name. */
  find(name: string): BusDevice | undefined;
}

export function addXenDevices(tree: FileTree, kernel: ShownKernel): void {
  for (const bus of [backends(kernel), frontends(kernel)]) {
    const exists = (name: string) => {
      const found = bus.find(name);
      return found && typeof kernel.store.directory(0, nodePath(kernel, found)) !== "string" ? found : undefined;
    };
    tree.put(`/sys/bus/${bus.name}/devices`, {
      names: () => bus.names(),
      find: (name) => exists(name) && { target: `../../../devices/${name}` },
    });
    tree.mount("/sys/devices", {
      names: () => bus.names(),
      find(name) {
        const found = exists(name);
        return found && deviceFolder(kernel, bus.name, found);
      },
    });
  }
}

function nodePath({ domain }: ShownKernel, { node }: BusDevice): string {
  return `${domainFolder(domain.id)}/${node}`;
}

function backends(kernel: ShownKernel): Bus {
  const { store, domain: { id } } = kernel;
  const folder = `${domainFolder(id)}/backend`;
  const below = (...path: string[]) => namesIn(store, [folder, ...path].join("/"));
  return {
    name: "xen-backend",
    names: () =>
      below().flatMap((kind) =>
        below(kind).flatMap((frontend) => below(kind, frontend).map((index) => `${kind}-${frontend}-${index}`))
      ),
    find(name) {
      const [, kind, frontend, index] = /^(\w+)-(\d+)-(.+)$/.exec(name) ?? [];
      if (kind === undefined) return undefined;
      const device = kernel.device(Number(frontend), `${kind}/${index}`);
      return { kind, node: `backend/${kind}/${frontend}/${index}`, device };
    },
  };
}

function frontends(kernel: ShownKernel): Bus {
  const { store, domain: { id } } = kernel;
  const folder = `${domainFolder(id)}/device`;
  const kinds = () => namesIn(store, folder).filter((kind) => kind !== "suspend"); // which is no device
  return {
    name: "xen",
    names: () => kinds().flatMap((kind) => namesIn(store, `${folder}/${kind}`).map((index) => `${kind}-${index}`)),
    find(name) {
      const [, kind, index] = /^(\w+)-(.+)$/.exec(name) ?? [];
      if (kind === undefined || kind === "suspend") return undefined;
      return { kind, node: `device/${kind}/${index}`, device: kernel.device(id, `${kind}/${index}`) };
    },
  };
}

function deviceFolder(kernel: ShownKernel, bus: string, found: BusDevice): FileNode {
  const { kind, node, device } = found;
  const line = (text: () => string | number) => textFile(() => `${text()}\n`);
  const state = () => {
    const value = kernel.store.read(0, `${nodePath(kernel, found)}/state`);
    return stateName(typeof value === "string" ? "0" : decodeText(value))!;
  };
  const plain = {
    nodename: line(() => node),
    devtype: line(() => kind),
    modalias: line(() => `${bus}:${kind}`),
    state: line(state),
    subsystem: { target: `../../bus/${bus}` },
  };
  if (WITHOUT_DRIVER.includes(kind)) return folderOf(plain);
  const counted = () => counters(kernel, bus, device);
  return folderOf({
    ...plain,
    driver: { target: `../../bus/${bus}/drivers/${kind}` },
    xenbus: folderOf({
      event_channels: line(() => counted().channels),
      events: line(() => signed(counted().events)),
      jiffies_eoi_delayed: line(() => signed(counted().delayed)),
      spurious_events: line(() => signed(counted().events)),
      spurious_threshold: line(() => 1),
    }),
  });
}

/**
 * What the kernel counts. Nobody puts work into a simulated ring, so a driver finds every event spurious. A frontend's
 * driver binds its channels for no device, and nothing is counted.
 */
function counters(
  kernel: ShownKernel,
  bus: string,
  device: SimulatedDevice | undefined,
): { channels: number; events: number; delayed: number } {
  const found = { channels: 0, events: 0, delayed: 0 };
  if (bus !== "xen-backend" || device === undefined) return found;
  for (const { backendPort } of device.channels) {
    const channel = backendPort === undefined ? undefined : kernel.domain.channel(backendPort);
    if (channel?.peer?.domain.id !== device.domain) continue; // it was closed
    const { upcalls } = channel;
    found.channels++;
    found.events += upcalls;
    found.delayed += delayedJiffies(upcalls);
  }
  const { events, delayedJiffies: delayed } = backlog(device, kernel.uptime());
  return { ...found, events: found.events + events, delayed: found.delayed + delayed };
}

/** Counters have 32 bits, and the kernel prints them as signed numbers. */
function signed(counter: number): number {
  return counter | 0;
}
