/**
 * The ports that are taken before any user opens the device: what `lsevtchn` shows on a freshly started host.
 *
 * A user's first port is therefore not 1 here either: it is 27 in domain 0 and 9 in a guest.
 *
 * @module
 */

import type { Domain } from "./domain.ts";
import type { Hypervisor } from "./hypervisor.ts";
import { virqNumber } from "../../virq.ts";

/** VIRQs that a Linux in domain 0 binds besides those of every guest: the console, CPU hotplug, machine checks. */
const DOM0_VIRQS = ["arch_0", "pcpu_state", "console"];

/** How many ports there are with 2-level events. */
const TWO_LEVEL_PORTS = 4096;

/** Interrupt lines that domain 0's drivers hold: ACPI's, and a disk's and a network card's message interrupts. */
const DOM0_PIRQS = [9, 55, 54];

/**
 * What a Linux kernel binds for its one vCPU: the timer, four kinds of interrupt between processors (reschedule,
 * call a function, call a function on one, run queued work), and, with 2-level events only, the debug VIRQ among them
 * (arch/x86/xen/smp.c).
 */
function bindProcessor(hypervisor: Hypervisor, domain: Domain): void {
  hypervisor.bindVirq(domain, virqNumber("timer")!);
  hypervisor.bindIpi(domain);
  hypervisor.bindIpi(domain);
  if (hypervisor.ports === TWO_LEVEL_PORTS) hypervisor.bindVirq(domain, virqNumber("debug")!);
  hypervisor.bindIpi(domain);
  hypervisor.bindIpi(domain);
}

/** Unmasks what a domain has bound so far: its kernel is ready to take it. */
function unmaskAll(domain: Domain): void {
  for (let port = 1; port < domain.tableSize; port++) {
    if (domain.channel(port)!.state !== "free") domain.unmask(port);
  }
}

/** The channels that a guest is built with. */
export interface BornWith {
  /** The guest's port to xenstored. */
  readonly store: number;
  /** The guest's port to its console's daemon. */
  readonly console: number;
  /** The other ends, in domain 0. */
  readonly daemons: readonly number[];
}

/** Starts domain 0's kernel. */
export function bootDom0(hypervisor: Hypervisor, dom0: Domain): void {
  bindProcessor(hypervisor, dom0);
  for (const pirq of DOM0_PIRQS) hypervisor.bindPirq(dom0, pirq);
  for (const virq of DOM0_VIRQS) hypervisor.bindVirq(dom0, virqNumber(virq)!);
  unmaskAll(dom0);
}

/**
 * Builds and starts a guest as a toolstack does: port 1 for xenstore and port 2 for the console, each connected to a
 * port of domain 0 that stands for the daemon there, then what the guest's own kernel binds.
 *
 * The daemons are no processes of the world: they hold their ports and no more, so VIRQ_DOM_EXC, which a xenstored
 * would hold, is free.
 *
 * @returns The guest's ports, and the daemons' in domain 0, to be closed when the guest is gone.
 */
export function bootGuest(hypervisor: Hypervisor, dom0: Domain, guest: Domain): BornWith {
  const daemons: number[] = [];
  const [store, console] = ["xenstore", "console"].map((_service) => {
    const port = hypervisor.allocUnbound(dom0, dom0.id, guest.id) as number;
    const daemon = hypervisor.bindInterdomain(dom0, guest.id, port);
    if (typeof daemon === "string") return port; // domain 0 has no port left: the guest runs without the service
    dom0.unmask(daemon);
    daemons.push(daemon);
    return port;
  });
  bindProcessor(hypervisor, guest);
  unmaskAll(guest);
  return { store, console, daemons };
}
