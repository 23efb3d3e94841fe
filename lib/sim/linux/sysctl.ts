/** Xen's hypercall `sysctl` (xen/common/sysctl.c), for what reads the console, presses keys and lists domains. @module */

import {
  answerDomainCount,
  answerReadConsole,
  packDomainInfo,
  SYSCTL_BYTES,
  type SysctlQuery,
  unpackSysctl,
  XEN_DOMINF,
} from "../../../ffi/sysctl.ts";
import type { Result } from "../../../ffi/syscalls.ts";
import type { Caller } from "../driver.ts";
import { ConsoleRing } from "../xen/conring.ts";
import { pressedKey } from "../xen/debug_keys.ts";
import type { Domain } from "../xen/domain.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";

/** That of Xen 4.17. */
const INTERFACE_VERSION = 0x15;

/** `sizeof(struct xen_domctl_getdomaininfo)` of Xen 4.17 on x86, bytes. */
const DOMAIN_INFO_SIZE = 112;

/** What Xen prints last while it starts. */
const BOOTED = "(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)\n";

const ENCODER = new TextEncoder();

export class SimulatedSysctl {
  readonly #hypervisor: Hypervisor;
  readonly #ring: ConsoleRing;

  /** @param ring The size of the console ring, bytes. */
  constructor(hypervisor: Hypervisor, ring: number) {
    this.#hypervisor = hypervisor;
    this.#ring = new ConsoleRing(ring);
    this.print(BOOTED);
  }

  /** Prints into the console ring. */
  print(text: string): void {
    this.#ring.write(ENCODER.encode(text));
  }

  /** do_sysctl: checks the version before the caller. */
  call(domain: Domain, caller: Caller, address: bigint): Result {
    const memory = caller.memory?.(address, SYSCTL_BYTES);
    if (memory === undefined) return "EFAULT";
    const query = unpackSysctl(memory);
    if (query.version !== INTERFACE_VERSION) return "EACCES";
    if (!domain.privileged) return "EPERM"; // xsm_sysctl
    return this.#do(query, caller, memory);
  }

  #do(query: SysctlQuery, caller: Caller, memory: Uint8Array): Result {
    switch (query.command) {
      case "readconsole": {
        const room = caller.memory?.(query.buffer, query.room);
        if (room === undefined) return "EFAULT";
        const { index, count } = this.#ring.read(query.incremental ? query.index : undefined, query.clear, room);
        answerReadConsole(index, count, memory);
        return 0;
      }
      case "debug_keys": {
        const keys = caller.memory?.(query.keys, query.count);
        if (keys === undefined) return "EFAULT";
        for (const key of keys) this.print(pressedKey(String.fromCharCode(key), this.#hypervisor));
        return 0;
      }
      case "getdomaininfolist": {
        const listed = this.#hypervisor.domids.filter((domid) => domid >= query.first).slice(0, query.max);
        for (const [place, domain] of listed.entries()) {
          const room = caller.memory?.(query.buffer + BigInt(place * DOMAIN_INFO_SIZE), DOMAIN_INFO_SIZE);
          if (room === undefined) return "EFAULT";
          const flags = this.#hypervisor.domain(domain)!.dying ? XEN_DOMINF.dying : 0;
          packDomainInfo({ domain, flags, maxVcpuId: 0 }, room);
        }
        answerDomainCount(listed.length, memory);
        return 0;
      }
      default:
        return "ENOSYS"; // other commands are not simulated
    }
  }
}
