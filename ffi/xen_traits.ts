/** Hypercalls that tell what a Xen is (xen/include/public/version.h, xsm/flask_op.h, event_channel.h). @module */

import { setU32 } from "./endian.ts";

/** `__HYPERVISOR_xen_version`, and its command for the line that Xen was started with. */
export const XEN_VERSION = 17;
export const XENVER_COMMANDLINE = 9;

/** `sizeof(xen_commandline_t)`, bytes. */
export const COMMAND_LINE_BYTES = 1024;

/** What Xen writes in place of a text that its caller may not know (xen/common/kernel.c, xen_deny). */
export const DENIED = "<denied>";

/** `__HYPERVISOR_xsm_op`, which FLASK alone answers. */
export const XSM_OP = 27;

/** `sizeof(struct xen_flask_op)`, bytes, at most. */
export const FLASK_OP_BYTES = 64;
const FLASK_GETENFORCE = 2;
const XEN_FLASK_INTERFACE_VERSION = 1;

/** Asks whether FLASK enforces its policy: the hypercall returns 1 or 0. */
export function packGetEnforce(into: Uint8Array): void {
  into.fill(0);
  setU32(into, 0, FLASK_GETENFORCE);
  setU32(into, 4, XEN_FLASK_INTERFACE_VERSION);
}

/** `sizeof(struct evtchn_set_priority)`, bytes. */
export const PRIORITY_BYTES = 8;

/** One above `EVTCHN_FIFO_PRIORITY_MIN`: no port can have it, so nothing is set. */
const NO_PRIORITY = 16;

/** A priority that FIFO events refuse; 2-level events have none. */
export function packNoPriority(port: number, into: Uint8Array): void {
  setU32(into, 0, port);
  setU32(into, 4, NO_PRIORITY);
}
