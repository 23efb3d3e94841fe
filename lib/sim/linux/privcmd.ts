/**
 * The privcmd and hypercall devices of a simulated Linux kernel, as far as event channels go: drivers/xen/privcmd.c
 * and drivers/xen/privcmd-buf.c of Linux 6.1.
 *
 * @module
 */

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
import { getU32 } from "../../../ffi/endian.ts";
import type { Errno, Result } from "../../../ffi/syscalls.ts";
import { Poll } from "../../../ffi/syscalls.ts";
import type { PortStatus } from "../../view/port_status.ts";
import type { Domain } from "../xen/domain.ts";
import type { Caller, Driver, Handle } from "../driver.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { HARDWARE_DOMAIN } from "../xen/virqs.ts";
import { WaitQueue } from "../wait.ts";

/** Both nodes are made with the mode that a misc device has by default, 0600: root's (drivers/base/core.c). */
abstract class RootDevice implements Driver {
  abstract readonly devicePath: string;

  open(caller: Caller): Handle | Errno {
    return caller.privileged ? this.handle() : "EACCES";
  }

  protected abstract handle(): Handle;
}

/**
 * The device through which root makes hypercalls. A guest's kernel has it too, and lets nobody make any: its module
 * is restricted to the domain that xenstore's node `target` names, and a guest has none. Older kernels, and
 * `unrestricted=1`, leave it to Xen to refuse.
 */
export class PrivcmdDriver extends RootDevice {
  readonly devicePath = PRIVCMD_PATH;

  /** @param restricted Whether the module is, in a domain other than 0. */
  constructor(readonly hypervisor: Hypervisor, readonly domain: Domain, readonly restricted: boolean) {
    super();
  }

  protected handle(): Handle {
    const { hypervisor, domain } = this;
    return new PrivcmdHandle(hypervisor, domain, this.restricted && domain.id !== HARDWARE_DOMAIN);
  }
}

/** The device that gives pages which the kernel never moves. */
export class HypercallDriver extends RootDevice {
  readonly devicePath = HYPERCALL_PATH;

  protected handle(): Handle {
    return new BufferHandle();
  }
}

/** A handle without read(2), write(2) and poll(2): the kernel refuses the first two, and says always ready for poll. */
abstract class PlainHandle implements Handle {
  readonly readers = new WaitQueue();

  /** No `unlocked_ioctl`: ENOTTY (fs/ioctl.c, vfs_ioctl). */
  ioctl(_caller: Caller, _request: number, _arg: Uint8Array): Result {
    return "ENOTTY";
  }

  read(): Result {
    return "EINVAL"; // fs/read_write.c, vfs_read: FMODE_CAN_READ is not set
  }

  write(): Result {
    return "EINVAL";
  }

  pollers(): WaitQueue {
    return this.readers;
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

  constructor(hypervisor: Hypervisor, domain: Domain, restricted: boolean) {
    super();
    this.#hypervisor = hypervisor;
    this.#domain = domain;
    this.#restricted = restricted;
  }

  /** ENOTTY for a request that is none of privcmd's (privcmd_ioctl); its others map memory, and are not simulated. */
  override ioctl(caller: Caller, request: number, arg: Uint8Array): Result {
    if (request !== IOCTL_PRIVCMD_HYPERCALL) return "ENOTTY";
    if (this.#restricted) return "EPERM"; // privcmd_ioctl_hypercall: before the argument is looked at
    if (arg.length < HYPERCALL_BYTES) return "EFAULT";
    if (Number(hypercallWord(arg, 0)) !== EVENT_CHANNEL_OP) return "ENOSYS"; // of all hypercalls this one is simulated
    return this.#eventChannelOp(caller, Number(hypercallWord(arg, 1)), hypercallWord(arg, 2));
  }

  /** do_event_channel_op (xen/common/event_channel.c:1216): ENOSYS for a command that it does not know. */
  #eventChannelOp(caller: Caller, command: number, address: bigint): Result {
    switch (command) {
      case EVTCHNOP.status:
        return this.#status(caller.memory?.(address, STATUS_BYTES));
      case EVTCHNOP.send: {
        const port = portAt(caller, address);
        return typeof port === "string" ? port : this.#hypervisor.send(this.#domain, port);
      }
      default:
        // Closing or binding past the kernel that holds the ports would leave it with ports that are not: no program
        // does so through privcmd, and this kernel does not let one.
        return "ENOSYS";
    }
  }

  #status(memory: Uint8Array | undefined): Result {
    if (memory === undefined) return "EFAULT";
    const { domain, port } = unpackStatusQuery(memory);
    const status = this.#hypervisor.status(this.#domain, domain, port);
    if (typeof status === "string") return status;
    const [target, remotePort] = unionOf(status);
    packStatus({ status: EVTCHNSTAT[status.status], vcpu: status.vcpu, target, remotePort }, memory);
    return 0;
  }
}

function portAt(caller: Caller, address: bigint): number | Errno {
  const memory = caller.memory?.(address, 4);
  return memory === undefined ? "EFAULT" : getU32(memory, 0);
}

/** The union of struct evtchn_status: its first member, and the port of `interdomain`. */
function unionOf(status: PortStatus): readonly [target: number, remotePort: number] {
  switch (status.status) {
    case "unbound":
      return [status.remoteDomain, 0];
    case "interdomain":
      return [status.remoteDomain, status.remotePort];
    case "pirq":
      return [status.pirq, 0];
    case "virq":
      return [status.virq, 0];
    default:
      return [0, 0];
  }
}

class BufferHandle extends PlainHandle {
  /** privcmd_buf_mmap: zeroed pages, whoever asks; a mapping that is not shared would be EINVAL. */
  map(_caller: Caller, bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }
}
