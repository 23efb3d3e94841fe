/** The privcmd and hypercall devices of Linux 6.1, for event channels: drivers/xen/privcmd.c, privcmd-buf.c. @module */

import { getU32 } from "../../../ffi/endian.ts";
import {
  EVENT_CHANNEL_OP,
  EVTCHNOP,
  EVTCHNSTAT,
  HYPERCALL_BYTES,
  HYPERCALL_PATH,
  hypercallWord,
  IOCTL_PRIVCMD_HYPERCALL,
  packStatus,
  PRIVCMD_PATH,
  STATUS_BYTES,
  unpackStatusQuery,
} from "../../../ffi/privcmd.ts";
import { SYSCTL } from "../../../ffi/sysctl.ts";
import { COMMAND_LINE_BYTES, DENIED, XEN_VERSION, XENVER_COMMANDLINE } from "../../../ffi/xen_traits.ts";
import { type Errno, Poll, type Result } from "../../../ffi/syscalls.ts";
import type { Caller, Driver, Handle } from "../driver.ts";
import { WaitQueue } from "../wait.ts";
import type { Domain } from "../xen/domain.ts";
import { HARDWARE_DOMAIN, type Hypervisor } from "../xen/hypervisor.ts";
import type { SimulatedSysctl } from "./sysctl.ts";

/**
 * The device through which root makes hypercalls. In a guest a restricted module refuses all of them: it allows them
 * for the domain in xenstore's node `target`, which a guest does not have. Older modules leave the refusal to Xen.
 */
export class PrivcmdDriver implements Driver {
  readonly devicePath = PRIVCMD_PATH;
  readonly #open: () => Handle;

  /** @param sysctl Undefined: Xen was built without that hypercall. */
  constructor(hypervisor: Hypervisor, domain: Domain, restricted: boolean, sysctl?: SimulatedSysctl) {
    this.#open = () => new PrivcmdHandle(hypervisor, domain, restricted && domain.id !== HARDWARE_DOMAIN, sysctl);
  }

  open(caller: Caller): Handle | Errno {
    return caller.privileged ? this.#open() : "EACCES"; // a misc device has mode 0600 (drivers/base/core.c)
  }
}

/** The device that maps pages which the kernel never moves. */
export class HypercallDriver implements Driver {
  readonly devicePath = HYPERCALL_PATH;

  open(caller: Caller): Handle | Errno {
    return caller.privileged ? new BufferHandle() : "EACCES";
  }
}

/** What the kernel answers for a driver without entry points. */
abstract class PlainHandle implements Handle {
  ioctl(_caller: Caller, _request: number, _arg: Uint8Array): Result {
    return "ENOTTY"; // fs/ioctl.c, vfs_ioctl
  }

  read(): Result {
    return "EINVAL"; // fs/read_write.c, vfs_read: FMODE_CAN_READ is not set
  }

  write(): Result {
    return "EINVAL";
  }

  pollers(): WaitQueue {
    return new WaitQueue();
  }

  poll(): number {
    return Poll.IN | Poll.OUT | Poll.RDNORM | Poll.WRNORM; // include/linux/poll.h, DEFAULT_POLLMASK
  }

  release(): void {}
}

class PrivcmdHandle extends PlainHandle {
  readonly #hypervisor: Hypervisor;
  readonly #domain: Domain;
  readonly #restricted: boolean;
  readonly #sysctl: SimulatedSysctl | undefined;

  constructor(hypervisor: Hypervisor, domain: Domain, restricted: boolean, sysctl: SimulatedSysctl | undefined) {
    super();
    this.#hypervisor = hypervisor;
    this.#domain = domain;
    this.#restricted = restricted;
    this.#sysctl = sysctl;
  }

  /** ENOTTY for an unknown request (privcmd_ioctl). Requests that map memory are not simulated. */
  override ioctl(caller: Caller, request: number, arg: Uint8Array): Result {
    if (request !== IOCTL_PRIVCMD_HYPERCALL) return "ENOTTY";
    if (this.#restricted) return "EPERM"; // privcmd_ioctl_hypercall: before it copies the argument
    if (arg.length < HYPERCALL_BYTES) return "EFAULT";
    switch (Number(hypercallWord(arg, 0))) {
      case EVENT_CHANNEL_OP:
        return this.#eventChannelOp(caller, Number(hypercallWord(arg, 1)), hypercallWord(arg, 2));
      case SYSCTL:
        return this.#sysctl?.call(this.#domain, caller, hypercallWord(arg, 1)) ?? "ENOSYS";
      case XEN_VERSION:
        return this.#version(caller, Number(hypercallWord(arg, 1)), hypercallWord(arg, 2));
      default:
        return "ENOSYS"; // no other hypercall is simulated
    }
  }

  /**
   * do_event_channel_op (xen/common/event_channel.c:1216). Closing and binding are not simulated: the kernel that holds
   * the ports would not know of it, so no program does that through privcmd.
   */
  #eventChannelOp(caller: Caller, command: number, address: bigint): Result {
    switch (command) {
      case EVTCHNOP.status:
        return this.#status(caller.memory?.(address, STATUS_BYTES));
      case EVTCHNOP.send: {
        const memory = caller.memory?.(address, 4);
        return memory === undefined ? "EFAULT" : this.#hypervisor.send(this.#domain, getU32(memory, 0));
      }
      case EVTCHNOP.set_priority: // evtchn_port_set_priority of port 0; others are not simulated
        return this.#hypervisor.fifo ? "EACCES" : "ENOSYS";
      default:
        return "ENOSYS";
    }
  }

  /** do_xen_version (xen/common/kernel.c): of its commands, the one that evtchn asks. */
  #version(caller: Caller, command: number, address: bigint): Result {
    if (command !== XENVER_COMMANDLINE) return "ENOSYS";
    const memory = caller.memory?.(address, COMMAND_LINE_BYTES);
    if (memory === undefined) return "EFAULT";
    memory.fill(0);
    new TextEncoder().encodeInto(this.#domain.privileged ? this.#hypervisor.commandLine : DENIED, memory);
    return 0;
  }

  #status(memory: Uint8Array | undefined): Result {
    if (memory === undefined) return "EFAULT";
    const { domain, port } = unpackStatusQuery(memory);
    const status = this.#hypervisor.status(this.#domain, domain, port);
    if (typeof status === "string") return status;
    // The union of struct evtchn_status: its first member, and the port of `interdomain`.
    const target = "remoteDomain" in status
      ? status.remoteDomain
      : "virq" in status
      ? status.virq
      : "pirq" in status
      ? status.pirq
      : 0;
    const remotePort = "remotePort" in status ? status.remotePort : 0;
    packStatus({ status: EVTCHNSTAT[status.status], vcpu: status.vcpu, target, remotePort }, memory);
    return 0;
  }
}

class BufferHandle extends PlainHandle {
  /** privcmd_buf_mmap: zeroed pages. EINVAL for a private mapping is not simulated. */
  map(_caller: Caller, bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }
}
