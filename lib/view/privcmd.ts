/** Xen's port tables through Linux's privcmd, by the hypercall that lsevtchn uses. @module */

import { PAGE_BYTES } from "../../ffi/abi.ts";
import {
  EVENT_CHANNEL_OP,
  EVTCHNOP,
  EVTCHNSTAT,
  HYPERCALL_BYTES,
  HYPERCALL_PATH,
  IOCTL_PRIVCMD_HYPERCALL,
  packHypercall,
  packStatusQuery,
  PRIVCMD_PATH,
  STATUS_BYTES,
  STATUS_QUERY_BYTES,
  statusNumber,
  unpackStatus,
} from "../../ffi/privcmd.ts";
import { type Errno, failed, type Memory, type Syscalls } from "../../ffi/syscalls.ts";
import { domainName } from "../channel.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { PortTables } from "./host_view.ts";
import type { PortStatus, TableEntry } from "./port_status.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";

/** Neither descriptor is read, so O_NONBLOCK would change nothing. */
const FLAGS = { nonblock: false, cloexec: true } as const;

export class Privcmd implements PortTables {
  /** The same for every port: the arguments are in the memory that it points to. */
  readonly #hypercall = new Uint8Array(HYPERCALL_BYTES);
  readonly #query = new Uint8Array(STATUS_QUERY_BYTES);
  readonly #answer = new Uint8Array(STATUS_BYTES);

  private constructor(
    private readonly syscalls: Syscalls,
    private readonly fd: number,
    private readonly bufferFd: number,
    private readonly memory: Memory,
  ) {
    packHypercall({ op: EVENT_CHANNEL_OP, args: [EVTCHNOP.status, memory.address] }, this.#hypercall);
  }

  /** @throws {DeviceError} A device is missing (ENOENT), may not be opened (EACCES), or gives no memory. */
  static open(syscalls: Syscalls): Privcmd {
    const fd = openNode(syscalls, PRIVCMD_PATH, "privcmd");
    let bufferFd: number | undefined;
    try {
      bufferFd = openNode(syscalls, HYPERCALL_PATH, "hypercall");
      const memory = syscalls.map(bufferFd, PAGE_BYTES);
      if (typeof memory === "string") throw refusal("hypercall", memory, HYPERCALL_PATH, "Cannot map");
      return new Privcmd(syscalls, fd, bufferFd, memory);
    } catch (error) {
      if (bufferFd !== undefined) syscalls.close(bufferFd);
      syscalls.close(fd);
      throw error;
    }
  }

  status(domain: Domid, port: Port): PortStatus | Errno {
    return this.#ask(domain, port) ?? statusOf(this.#answer);
  }

  /**
   * Asks from port 0 up to the first EINVAL, as lsevtchn does. Leaves out closed ports, and ports that Xen itself holds
   * (EACCES: consumer_is_xen, xen/common/event_channel.c).
   */
  table(domain: Domid): TableEntry[] {
    const entries: TableEntry[] = [];
    for (let port = 0;; port++) {
      const errno = this.#ask(domain, port);
      if (errno === "EINVAL") return entries;
      if (errno === "EACCES") continue;
      if (errno !== undefined) throw listRefusal(errno, domain);
      if (statusNumber(this.#answer) !== EVTCHNSTAT.closed) entries.push({ port, ...statusOf(this.#answer) });
    }
  }

  close(): void {
    this.memory.unmap();
    this.syscalls.close(this.bufferFd);
    this.syscalls.close(this.fd);
  }

  /** Writes Xen's answer to `#answer`, or returns the errno. */
  #ask(domain: Domid, port: Port): Errno | undefined {
    packStatusQuery(domain, port, this.#query);
    this.memory.write(0, this.#query);
    const result = this.syscalls.ioctl(this.fd, IOCTL_PRIVCMD_HYPERCALL, this.#hypercall);
    if (failed(result)) return result;
    this.memory.read(0, this.#answer);
  }
}

export function listRefusal(errno: Errno, domain: Domid): DeviceError {
  const whose = domain === DOMID_SELF ? "this domain" : `domain ${domain}`;
  const message = `Cannot list the ports of ${whose}`;
  return new DeviceError("list", errno, domainName(domain), message, explain("list", errno));
}

function openNode(syscalls: Syscalls, path: string, op: string): number {
  const fd = syscalls.open(path, FLAGS);
  if (failed(fd)) throw refusal(op, fd, path, "Cannot open");
  return fd;
}

function refusal(op: string, errno: Errno, path: string, action: string): DeviceError {
  return new DeviceError(op, errno, path, `${action} "${path}"`, explain(op, errno));
}

/** States that are newer than this code are reported as closed. */
function statusOf(bytes: Uint8Array): PortStatus {
  const { status, vcpu, target, remotePort } = unpackStatus(bytes);
  switch (status) {
    case EVTCHNSTAT.unbound:
      return { status: "unbound", vcpu, remoteDomain: target };
    case EVTCHNSTAT.interdomain:
      return { status: "interdomain", vcpu, remoteDomain: target, remotePort };
    case EVTCHNSTAT.pirq:
      return { status: "pirq", vcpu, pirq: target };
    case EVTCHNSTAT.virq:
      return { status: "virq", vcpu, virq: target };
    case EVTCHNSTAT.ipi:
      return { status: "ipi", vcpu };
    default:
      return { status: "closed", vcpu };
  }
}
