/** Who owes the next step of a device, as text and as a record. @module */

import { type Handshake, kindOf, patienceOf } from "../wiring/handshake.ts";
import { quoted } from "../wiring/states.ts";
import type { HandshakeRecord } from "../records.ts";
import { shortLine } from "./line.ts";
import { utcTime } from "./time.ts";

/** The members of a channel's record. */
export function handshakeFields(handshake: Handshake | undefined): HandshakeRecord {
  if (handshake === undefined) return {};
  const { owes, step, since, frontendError, backendError, hotplugStatus, hotplugError, online } = handshake;
  return {
    owes,
    step,
    since: since === undefined ? undefined : utcTime(since),
    frontend_error: frontendError,
    backend_error: backendError,
    hotplug_status: hotplugStatus,
    hotplug_error: hotplugError,
    online,
  };
}

/** The most columns of a text that says why a device is not connected: a script's message begins with its path. */
const LONGEST = 120;

/** In a few words, as in `the backend owes the step to Connected; hotplug-status "error"`, with the most telling trouble alone. */
export function handshakeText(device: string, handshake: Handshake): string {
  const trouble = troubleText(device, handshake);
  const text = `the ${handshake.owes} owes the step to ${handshake.step}`;
  return trouble === undefined ? text : `${text}; ${trouble}`;
}

function troubleText(device: string, handshake: Handshake): string | undefined {
  const { owes, step, frontendError, backendError, hotplugStatus, hotplugError, online } = handshake;
  const said = (name: string, text: string) => `${name} ${quoted(text, (whole) => shortLine(whole, LONGEST))}`;
  if (hotplugError !== undefined) return said("hotplug-error", hotplugError);
  if (hotplugStatus !== undefined && hotplugStatus !== "connected") return said("hotplug-status", hotplugStatus);
  const [own, other] = owes === "frontend" ? [frontendError, backendError] : [backendError, frontendError];
  if (own !== undefined) return said("its error", own);
  if (other !== undefined) return said("the other's error", other);
  if (online !== undefined && online !== "1") return `online ${quoted(online, shortLine)}: it is taken away`;
  // Linux's backend waits for the script: xen-netback/xenbus.c, hotplug_status_changed
  const waits = step === "Connected" && owes === "backend" && kindOf(device) === "vif" && hotplugStatus === undefined;
  return waits ? "no hotplug-status yet" : undefined;
}

/** How long a device has waited, as in `waits 12 s`; after a guest's patience it says so. */
export function waitText(device: string, milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const patience = patienceOf(kindOf(device));
  return `waits ${seconds} s${
    seconds < patience ? "" : `: a Linux guest that boots goes on without it after ${patience} s`
  }`;
}
