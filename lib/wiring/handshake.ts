/** Which end of a device owes the next step, until both are connected. @module */

import { isClosed, isConnected, type XenbusState } from "./states.ts";

/** How a frontend begins. What follows is the same for all: the backend binds, then each end says Connected. */
interface Order {
  /** Whether it writes its channels when the backend is in InitWait; else as soon as its driver is there. */
  readonly waits: boolean;
  /** The state that says that its channels are written. */
  readonly written: "Initialised" | "Connected";
  /** Whether it also begins with a backend that is Connected already. */
  readonly joins?: boolean;
}

const AFTER_BACKEND: Order = { waits: true, written: "Initialised" };
const AT_ONCE: Order = { waits: false, written: "Initialised" };
const IN_ONE_STEP: Order = { waits: true, written: "Connected" };

/** By kind, as Linux' frontends do it. Theirs is the order of xen/include/public/io where that has one. */
const ORDERS: Readonly<Record<string, Order>> = {
  vif: IN_ONE_STEP, // drivers/net/xen-netfront.c, netback_changed
  vusb: { ...IN_ONE_STEP, joins: true }, // drivers/usb/host/xen-hcd.c, xenhcd_backend_changed
  vbd: AFTER_BACKEND, // drivers/block/xen-blkfront.c, blkback_changed
  "9pfs": AFTER_BACKEND, // net/9p/trans_xen.c, xen_9pfs_front_changed
  pvcalls: AFTER_BACKEND, // drivers/xen/pvcalls-front.c, pvcalls_front_probe: it needs what the backend offers
  vdispl: AFTER_BACKEND, // drivers/gpu/drm/xen/xen_drm_front.c, displback_changed
  vsnd: AFTER_BACKEND, // sound/xen/xen_snd_front.c, sndback_changed
  console: AT_ONCE, // drivers/tty/hvc/hvc_xen.c, xencons_probe
  vkbd: AT_ONCE, // drivers/input/misc/xen-kbdfront.c, xenkbd_probe
  vfb: AT_ONCE, // drivers/video/fbdev/xen-fbfront.c, xenfb_probe
  vscsi: AT_ONCE, // drivers/scsi/xen-scsifront.c, scsifront_probe
  vtpm: AT_ONCE, // drivers/char/tpm/xen-tpmfront.c, tpmfront_probe
  pci: AT_ONCE, // drivers/pci/xen-pcifront.c, pcifront_probe
};

/** How far an end has come. What is not here has not begun. */
const RANK: Readonly<Record<XenbusState, number>> = { InitWait: 2, Initialised: 3, Connected: 4 };

export interface Owed {
  readonly owes: "frontend" | "backend";
  /** The state that it has to go to. */
  readonly step: "InitWait" | "Initialised" | "Connected" | "Closing" | "Closed";
}

/** Why an end does not go on, as xenstore has it: texts that either domain chose. */
export interface Troubles {
  /** What the frontend's driver said last, and the backend's (xenbus_dev_error). */
  readonly frontendError?: string;
  readonly backendError?: string;
  /** What the backend's hotplug script said. */
  readonly hotplugStatus?: string;
  readonly hotplugError?: string;
  /** `0`: the toolstack takes the device away. */
  readonly online?: string;
}

/** What keeps a device from being connected. */
export interface Handshake extends Owed, Troubles {
  /** When it was first seen to wait for this step, microseconds since 1970; undefined: it was not followed. */
  readonly since?: number;
}

/**
 * Who owes what of a device; undefined: nobody, both ends are connected or closed.
 *
 * @param kind As in `vif`.
 */
export function owed(kind: string, front: XenbusState | undefined, back: XenbusState | undefined): Owed | undefined {
  if (isConnected(front) && isConnected(back) || front === "Closed" && isClosed(back)) return undefined;
  return closing(front, back) ?? opening(ORDERS[kind] ?? AFTER_BACKEND, rankOf(front), rankOf(back));
}

/** An end that closes is followed by the other; a frontend is the first to be Closed (xenbus_frontend_closed). */
function closing(front: XenbusState | undefined, back: XenbusState | undefined): Owed | undefined {
  const backCloses = back === "Closing" || back === "Closed";
  if (front === "Closed") return { owes: "backend", step: "Closed" };
  if (front === "Closing" && !backCloses) return { owes: "backend", step: "Closing" };
  // A backend that is Closed begins anew with a frontend that does: xen-netback/xenbus.c, frontend_changed
  return backCloses && !(back === "Closed" && rankOf(front) === 0) ? { owes: "frontend", step: "Closed" } : undefined;
}

function opening({ waits, written, joins = !waits }: Order, front: number, back: number): Owed {
  const hasWritten = front >= RANK[written];
  if (back < RANK.InitWait) return { owes: "backend", step: "InitWait" };
  if (hasWritten) {
    return back < RANK.Connected ? { owes: "backend", step: "Connected" } : { owes: "frontend", step: "Connected" };
  }
  // Connected with an earlier frontend, it has to begin anew: only InitWait starts such a frontend.
  return back === RANK.Connected && !joins
    ? { owes: "backend", step: "InitWait" }
    : { owes: "frontend", step: written };
}

function rankOf(state: XenbusState | undefined): number {
  if (isConnected(state)) return RANK.Connected;
  return state === undefined ? 0 : RANK[state] ?? 0;
}

/** How long Linux waits for a device when it boots or its driver is loaded, seconds (xenbus_probe_frontend.c). */
export function patienceOf(kind: string): number {
  return kind === "vkbd" || kind === "vfb" ? 30 : 270;
}

/** The first part of a device's name, as `vif` of `vif/0`. */
export function kindOf(device: string): string {
  return device.split("/", 1)[0];
}
