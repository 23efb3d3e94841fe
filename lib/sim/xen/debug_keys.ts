/** What Xen prints for a debug key (xen/common/keyhandler.c). @module */

import type { Domain, EventChannel } from "./domain.ts";
import { FIFO_PORTS, type Hypervisor } from "./hypervisor.ts";

/** Xen's numbers: ECS_* (xen/include/xen/sched.h). */
const ECS = { free: 0, reserved: 1, unbound: 2, interdomain: 3, pirq: 4, virq: 5, ipi: 6 } as const;

const HANDLERS: Readonly<Record<string, (hypervisor: Hypervisor) => Iterable<string>>> = {
  e: eventChannels,
  i: interrupts,
};

/** The lines that a key prints, each with Xen's prefix and a newline; "" for a key that does nothing. */
export function pressedKey(key: string, hypervisor: Hypervisor): string {
  let text = "";
  for (const line of HANDLERS[key]?.(hypervisor) ?? []) text += `(XEN) ${line}\n`;
  return text;
}

/** dump_evtchn_info, domain_dump_evtchn_info (xen/common/event_channel.c). */
function* eventChannels(hypervisor: Hypervisor): Generator<string, void> {
  yield "'e' pressed -> dumping event-channel info";
  for (const domid of hypervisor.domids) {
    yield `Event channel information for domain ${domid}:`;
    yield "Polling vCPUs: {}";
    yield "    port [p/m/s]";
    const domain = hypervisor.domain(domid)!;
    for (let port = 1; port < domain.tableSize; port++) {
      const channel = domain.channel(port)!;
      if (channel.state !== "free") yield portLine(channel, hypervisor.ports === FIFO_PORTS);
    }
  }
}

function portLine(channel: EventChannel, fifo: boolean): string {
  const { port, pending, masked, state } = channel;
  const bits = [pending ? 1 : 0, masked ? 1 : 0, fifo ? "  -   " : pending && !masked ? 1 : 0].join("/");
  return `    ${String(port).padStart(4)} [${bits}]: s=${ECS[state]} n=0 x=0${boundTo(channel)}`;
}

function boundTo({ state, remoteDomain, peer, interrupt }: EventChannel): string {
  switch (state) {
    case "unbound":
      return ` d=${remoteDomain}`;
    case "interdomain":
      return ` d=${peer!.domain.id} p=${peer!.port}`;
    case "pirq":
      return ` p=${interrupt} i=${interrupt}`;
    case "virq":
      return ` v=${interrupt}`;
    default:
      return "";
  }
}

/** dump_irqs (xen/arch/x86/irq.c): those that a domain has bound. */
function* interrupts(hypervisor: Hypervisor): Generator<string, void> {
  yield "IRQ information:";
  for (const domid of hypervisor.domids) {
    for (const { interrupt, pending, masked } of interruptsOf(hypervisor.domain(domid)!)) {
      const irq = `IRQ:${String(interrupt).padStart(4)} vec:${(0x28 + interrupt % 0x80).toString(16)} IO-APIC-level  `;
      const bits = `${pending ? "P" : "-"}${masked ? "M" : "-"}-`;
      yield `   ${irq} status=030 aff:{0}/{0} in-flight=0 d${domid}:${String(interrupt).padStart(3)}(${bits})`;
    }
  }
  yield "Direct vector information:";
  yield "IO-APIC interrupt information:";
}

function interruptsOf(domain: Domain): EventChannel[] {
  const found: EventChannel[] = [];
  for (let port = 1; port < domain.tableSize; port++) {
    const channel = domain.channel(port)!;
    if (channel.state === "pirq") found.push(channel);
  }
  return found.sort((a, b) => a.interrupt - b.interrupt);
}
