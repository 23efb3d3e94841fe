/**
 * Runs in the rig's guest, whose privcmd is unrestricted: sends events on one of its kernel's own ports until it is
 * killed, as a rogue frontend does.
 *
 * @module
 */

import { PAGE_BYTES } from "../../../ffi/abi.ts";
import { setU32 } from "../../../ffi/endian.ts";
import {
  EVENT_CHANNEL_OP,
  EVTCHNOP,
  HYPERCALL_BYTES,
  HYPERCALL_PATH,
  IOCTL_PRIVCMD_HYPERCALL,
  packHypercall,
  PRIVCMD_PATH,
} from "../../../ffi/privcmd.ts";
import { failed } from "../../../ffi/syscalls.ts";
import { sys } from "../../support/descriptors.ts";

const FLAGS = { nonblock: false, cloexec: true };
const port = new Uint8Array(4);
setU32(port, 0, Number(Deno.args[0]));

const fd = sys.open(PRIVCMD_PATH, FLAGS);
const memory = sys.map(sys.open(HYPERCALL_PATH, FLAGS) as number, PAGE_BYTES);
if (failed(fd) || typeof memory === "string") throw new Error(`privcmd: ${fd}, ${memory}`);
memory.write(0, port);
const hypercall = new Uint8Array(HYPERCALL_BYTES);
packHypercall({ op: EVENT_CHANNEL_OP, args: [EVTCHNOP.send, memory.address] }, hypercall);
for (let sent = 0;; sent++) {
  const result = sys.ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, hypercall);
  if (failed(result)) throw new Error(`send: ${result}`);
  if (sent === 0) Deno.stdout.writeSync(new TextEncoder().encode("sending\n"));
  await new Promise((resolve) => setTimeout(resolve, 2)); // the emulated processors are dom0's too
}
