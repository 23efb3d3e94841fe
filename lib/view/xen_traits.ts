/** What Xen tells of itself to who may make hypercalls. @module */

import { EVENT_CHANNEL_OP, EVTCHNOP } from "../../ffi/privcmd.ts";
import { failed } from "../../ffi/syscalls.ts";
import {
  COMMAND_LINE_BYTES,
  DENIED,
  FLASK_OP_BYTES,
  packGetEnforce,
  packNoPriority,
  PRIORITY_BYTES,
  XEN_VERSION,
  XENVER_COMMANDLINE,
  XSM_OP,
} from "../../ffi/xen_traits.ts";
import { Hypercalls } from "./hypercall.ts";

/** Each is left out where Xen does not tell it. */
export interface XenTraits {
  /** How Xen delivers events to this domain's kernel. */
  readonly events?: "2-level" | "FIFO";
  /** Whether the security module FLASK enforces its policy; `absent`: Xen has another policy. */
  readonly flask?: "enforcing" | "permissive" | "absent";
  /** The line that Xen was started with. Only the control domain may know it. */
  readonly commandLine?: string;
}

/** Asks with calls that change nothing. */
export function askTraits(hypercalls: Hypercalls): XenTraits {
  return { events: events(hypercalls), flask: flask(hypercalls), commandLine: commandLine(hypercalls) };
}

/** Port 0 is always there and never bound (xen/common/event_channel.c, evtchn_init). */
const RESERVED_PORT = 0;

/**
 * 2-level events have no priorities: ENOSYS. FIFO events refuse the port, EACCES, and before Xen 4.15 the priority, EINVAL
 * (evtchn_port_set_priority in xen/include/xen/event.h, evtchn_fifo_set_priority in xen/common/event_fifo.c).
 */
function events(hypercalls: Hypercalls): XenTraits["events"] {
  const { memory } = hypercalls;
  const bytes = new Uint8Array(PRIORITY_BYTES);
  packNoPriority(RESERVED_PORT, bytes);
  memory.write(0, bytes);
  const result = hypercalls.call(Hypercalls.pack(EVENT_CHANNEL_OP, [EVTCHNOP.set_priority, memory.address]));
  return result === "EACCES" || result === "EINVAL" ? "FIFO" : result === "ENOSYS" ? "2-level" : undefined;
}

/** do_flask_op (xen/xsm/flask/flask_op.c); ENOSYS of any other module (xen/include/xsm/dummy.h). */
function flask(hypercalls: Hypercalls): XenTraits["flask"] {
  const { memory } = hypercalls;
  const bytes = new Uint8Array(FLASK_OP_BYTES);
  packGetEnforce(bytes);
  memory.write(0, bytes);
  const result = hypercalls.call(Hypercalls.pack(XSM_OP, [memory.address]));
  if (failed(result)) return result === "ENOSYS" ? "absent" : undefined;
  return result === 0 ? "permissive" : "enforcing";
}

function commandLine(hypercalls: Hypercalls): string | undefined {
  const { memory } = hypercalls;
  const result = hypercalls.call(Hypercalls.pack(XEN_VERSION, [XENVER_COMMANDLINE, memory.address]));
  if (failed(result)) return undefined;
  const bytes = new Uint8Array(COMMAND_LINE_BYTES);
  memory.read(0, bytes);
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  return text === DENIED ? undefined : text;
}
