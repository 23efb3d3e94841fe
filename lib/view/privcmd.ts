/** Xen's port tables through Linux's privcmd, by the hypercall that lsevtchn uses. @module */

import {
  EVENT_CHANNEL_OP,
  EVTCHNOP,
  EVTCHNSTAT,
  packStatusQuery,
  STATUS_BYTES,
  STATUS_QUERY_BYTES,
  statusNumber,
  unpackStatus,
} from "../../ffi/privcmd.ts";
import { type Errno, failed, type Syscalls } from "../../ffi/syscalls.ts";
import { domainName } from "../channel.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { PortTables } from "./host_view.ts";
import { Hypercalls } from "./hypercall.ts";
import type { PortStatus, TableEntry } from "./port_status.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import { askTraits, type XenTraits } from "./xen_traits.ts";

/**
 * How often a port is asked for again after EAGAIN. evtchn_status never returns it, but on a real host it was read once.
 * The question changes nothing, so that it can be asked again.
 */
const ASKED_AGAIN = 3;

export class Privcmd implements PortTables {
  readonly #hypercalls: Hypercalls;
  /** The same for every port: the arguments are in the memory that it points to. */
  readonly #packed: Uint8Array;
  readonly #query = new Uint8Array(STATUS_QUERY_BYTES);
  readonly #answer = new Uint8Array(STATUS_BYTES);

  /** @throws {DeviceError} A device is missing (ENOENT), may not be opened (EACCES), or gives no memory. */
  constructor(syscalls: Syscalls) {
    this.#hypercalls = Hypercalls.open(syscalls, 1);
    this.#packed = Hypercalls.pack(EVENT_CHANNEL_OP, [EVTCHNOP.status, this.#hypercalls.memory.address]);
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

  traits(): XenTraits {
    return askTraits(this.#hypercalls);
  }

  close(): void {
    this.#hypercalls.close();
  }

  /** Writes Xen's answer to `#answer`, or returns the errno. */
  #ask(domain: Domid, port: Port): Errno | undefined {
    const { memory } = this.#hypercalls;
    packStatusQuery(domain, port, this.#query);
    memory.write(0, this.#query);
    let result = this.#hypercalls.call(this.#packed);
    for (let again = 0; result === "EAGAIN" && again < ASKED_AGAIN; again++) {
      result = this.#hypercalls.call(this.#packed);
    }
    if (failed(result)) return result;
    memory.read(0, this.#answer);
  }
}

export function listRefusal(errno: Errno, domain: Domid): DeviceError {
  const whose = domain === DOMID_SELF ? "this domain" : `domain ${domain}`;
  const message = `Cannot list the ports of ${whose}`;
  return new DeviceError("list", errno, domainName(domain), message, explain("list", errno));
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
