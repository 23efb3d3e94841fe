/** The ports that the kernels of a freshly started host take, as `lsevtchn` shows them. @module */

import { virqNumber } from "../../virq.ts";
import type { Domain } from "./domain.ts";
import { type Hypervisor, TWO_LEVEL_PORTS } from "./hypervisor.ts";

/** VIRQs that Linux binds only in domain 0: machine checks, CPU hotplug, the console. */
const DOM0_VIRQS = ["arch_0", "pcpu_state", "console"];

/** Interrupt lines of domain 0's drivers: ACPI, a disk and a network card. */
const DOM0_PIRQS = [9, 55, 54];

/** What Linux binds for its vCPU: the timer, four IPIs, with 2-level events the debug VIRQ (arch/x86/xen/smp.c). */
function bindProcessor(hypervisor: Hypervisor, domain: Domain): void {
  hypervisor.bindVirq(domain, virqNumber("timer")!);
  hypervisor.bindIpi(domain);
  hypervisor.bindIpi(domain);
  if (hypervisor.ports === TWO_LEVEL_PORTS) hypervisor.bindVirq(domain, virqNumber("debug")!);
  hypervisor.bindIpi(domain);
  hypervisor.bindIpi(domain);
}

function unmaskAll(domain: Domain): void {
  for (let port = 1; port < domain.tableSize; port++) {
    if (domain.channel(port)!.state !== "free") domain.unmask(port);
  }
}

/** The channels that a toolstack makes for a new guest. */
export interface GuestPorts {
  readonly store: number;
  readonly console: number;
  /** The other ends, in domain 0. They are closed when the guest is gone. */
  readonly daemons: readonly number[];
}

export function bootDom0(hypervisor: Hypervisor, dom0: Domain): void {
  bindProcessor(hypervisor, dom0);
  for (const pirq of DOM0_PIRQS) hypervisor.bindPirq(dom0, pirq);
  for (const virq of DOM0_VIRQS) hypervisor.bindVirq(dom0, virqNumber(virq)!);
  unmaskAll(dom0);
}

/** Starts a guest as a toolstack does. The daemons are not simulated: VIRQ_DOM_EXC, xenstored's, stays free. */
export function bootGuest(hypervisor: Hypervisor, dom0: Domain, guest: Domain): GuestPorts {
  const daemons: number[] = [];
  const connect = () => {
    const port = hypervisor.allocUnbound(dom0, dom0.id, guest.id) as number;
    const daemon = hypervisor.bindInterdomain(dom0, guest.id, port);
    if (typeof daemon === "string") return port; // domain 0 has no free port: the guest runs without the service
    dom0.unmask(daemon);
    daemons.push(daemon);
    return port;
  };
  const [store, console] = [connect(), connect()];
  bindProcessor(hypervisor, guest);
  unmaskAll(guest);
  return { store, console, daemons };
}
