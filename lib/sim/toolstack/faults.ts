/** Channels with a fault. @module */

import type { Errno } from "../../../ffi/syscalls.ts";
import { decodeText } from "../../xenstore/wire.ts";
import type { Domain, EventChannel } from "../xen/domain.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { domainFolder } from "../xenstore/path.ts";
import type { SimulatedStore } from "../xenstore/store.ts";
import type { StateName } from "../../wiring/states.ts";
import type { DeviceKind } from "./kinds.ts";
import type { Fault } from "./names.ts";
import { type Entries, namesIn } from "./toolstack.ts";

interface FaultyEnds {
  readonly hypervisor: Hypervisor;
  readonly store: SimulatedStore;
  readonly domain: number;
  readonly backend: number;
}

/** The lowest domid that stands for a dead domain. */
const FIRST_DEAD = 99;

/** A fault that a single channel of a device can have. */
const CHANNEL_FAULTS = ["closed", "unbound", "elsewhere", "shared"] as const satisfies readonly Fault[];

export type ChannelFault = typeof CHANNEL_FAULTS[number];

export function isChannelFault(fault: Fault | undefined): fault is ChannelFault {
  return CHANNEL_FAULTS.some((each) => each === fault);
}

/** With these the backend binds nothing. */
export const UNBOUND: readonly Fault[] = ["waiting", "gone", "no-driver", "hotplug"];

/** What a hotplug script leaves that fails (tools/hotplug/Linux/xen-hotplug-common.sh). */
export const FAILED_SCRIPT: Entries = [
  ["hotplug-error", "/etc/xen/scripts/vif-bridge failed; error detected."],
  ["hotplug-status", "error"],
];

/** The states in which a device stops. */
export interface DeviceStates {
  readonly frontend: StateName;
  readonly backend: StateName;
  /** Whether the frontend has written its channels. */
  readonly writes: boolean;
}

/** Where the two drivers of a kind stop because of a fault. */
export function statesOf({ oneStep = false, first = false }: DeviceKind, fault: Fault | undefined): DeviceStates {
  const written = oneStep ? "Connected" : "Initialised";
  switch (fault) {
    case "unwritten":
      return { frontend: "Initialising", backend: "InitWait", writes: false };
    case "waiting":
    case "hotplug":
      return { frontend: written, backend: "InitWait", writes: true };
    case "no-driver":
      return { frontend: first ? written : "Initialising", backend: "Initialising", writes: first };
    case "half":
      return oneStep
        ? { frontend: "Connected", backend: "InitWait", writes: true }
        : { frontend: "Initialised", backend: "Connected", writes: true };
    case "closing":
      return { frontend: "Connected", backend: "Closing", writes: true };
    default:
      return { frontend: "Connected", backend: "Connected", writes: true };
  }
}

/** Makes a channel with a fault. Returns the port that the frontend writes; ENOSPC for none left. */
export function breakChannel(fault: ChannelFault, ends: FaultyEnds): number | Errno {
  const { hypervisor, domain, backend } = ends;
  const frontend = hypervisor.domain(domain)!;
  switch (fault) {
    case "closed":
      return lastClosed(frontend, claimed(ends));
    case "unbound":
      return hypervisor.allocUnbound(frontend, backend);
    case "elsewhere":
      return elsewhere(ends, frontend);
    case "shared":
      return claimed(ends).at(-1) ?? 1; // xenstore's
  }
}

/** A fault of a channel that is whole: an event waits at one of its ends. */
export type StuckFault = Extract<Fault, "stuck-backend" | "stuck-guest">;

export function isStuck(fault: Fault | undefined): fault is StuckFault {
  return fault === "stuck-backend" || fault === "stuck-guest";
}

/**
 * Leaves an event at one end of a channel. A backend's driver was told of the one before and has not unmasked the port.
 * A guest's port is not masked: its vCPU does not run.
 */
export function stickChannel(fault: StuckFault, frontend: EventChannel, backend: EventChannel): void {
  const end = fault === "stuck-backend" ? backend : frontend;
  end.masked = fault === "stuck-backend";
  end.pending = true;
}

/** A domid that no domain has, and that a domain could have had. */
export function deadDomid(hypervisor: Hypervisor): number {
  let domid = FIRST_DEAD;
  while (hypervisor.domain(domid) !== undefined) domid++;
  return domid;
}

/** The highest closed port of the table: Xen allocates the lowest first, so it stays closed for long. */
function lastClosed(frontend: Domain, claimed: readonly number[]): number | Errno {
  for (let port = frontend.tableSize - 1; port > 0; port--) {
    if (frontend.channel(port)!.state === "free" && !claimed.includes(port)) return port;
  }
  return "ENOSPC";
}

/** A channel to a third domain; without a third domain, an IPI. */
function elsewhere({ hypervisor, domain, backend }: FaultyEnds, frontend: Domain): number | Errno {
  const third = hypervisor.domids.find((domid) => domid !== domain && domid !== backend);
  if (third === undefined) return hypervisor.bindIpi(frontend);
  const port = hypervisor.allocUnbound(frontend, third);
  if (typeof port === "string") return port;
  const bound = hypervisor.bindInterdomain(hypervisor.domain(third)!, domain, port);
  return typeof bound === "string" ? bound : port;
}

/** The ports of a domain's console and devices, as they stand in xenstore. */
function claimed({ store, domain }: FaultyEnds): number[] {
  const folder = domainFolder(domain);
  return [...portsBelow(store, `${folder}/console`), ...portsBelow(store, `${folder}/device`)];
}

function portsBelow(store: SimulatedStore, path: string): number[] {
  return namesIn(store, path).flatMap((name) => {
    const value = store.read(0, `${path}/${name}`);
    const isPort = name === "port" || name.includes("event-channel");
    const text = isPort && typeof value !== "string" ? decodeText(value) : "";
    if (text === "") return portsBelow(store, `${path}/${name}`);
    const port = Number(text);
    return Number.isInteger(port) && port > 0 ? [port] : [];
  });
}
