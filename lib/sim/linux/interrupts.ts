/** /proc/interrupts of a simulated kernel with one processor (kernel/irq/proc.c, show_interrupts). @module */

import { virqOf } from "../../virq.ts";
import type { EventChannel } from "../xen/domain.ts";
import { type FileTree, textFile } from "./files.ts";
import type { ShownKernel } from "./kernel_files.ts";
import { backlog } from "./storm.ts";

/** The first number that Linux gives to an event channel on a machine with an I/O APIC. */
const FIRST_IRQ = 24;

/** What Linux names the VIRQs that it binds itself (arch/x86/xen, drivers/xen/pcpu.c, mcelog.c, hvc_xen.c). */
const VIRQS: Readonly<Record<string, readonly [chip: string, name: string]>> = {
  timer: ["xen-percpu", "timer0"],
  debug: ["xen-percpu", "debug0"],
  arch_0: ["xen-dyn", "mce"],
  pcpu_state: ["xen-dyn", "xen-pcpu"],
  console: ["xen-dyn", "hvc_console"],
};

/** Of the machine's interrupts (DOM0_PIRQS): a line's number is Linux' too, that of a message is not. */
const LINES: Readonly<Record<number, string>> = { 9: "acpi" };
const MESSAGES: Readonly<Record<number, string>> = { 55: "ahci[0000:00:1f.2]", 54: "eth0" };

const IPIS = ["spinlock0", "resched0", "callfunc0", "callfuncsingle0"];

export function addInterrupts(tree: FileTree, kernel: ShownKernel): void {
  tree.put("/proc/interrupts", textFile(() => interruptsText(kernel)));
}

function interruptsText(kernel: ShownKernel): string {
  const named = deviceNames(kernel);
  for (const [port, name] of kernel.services()) if (!named.has(port)) named.set(port, { name, more: 0 });
  const ipis = IPIS.values();
  const lines = ["           CPU0       "];
  const { domain } = kernel;
  for (let port = 1; port < domain.tableSize; port++) {
    const channel = domain.channel(port)!;
    const [chip, flow, name] = lineOf(kernel, channel, named, ipis) ?? [];
    if (chip === undefined) continue;
    const count = channel.upcalls + (named.get(port)?.more ?? 0);
    const isLine = channel.state === "pirq" && LINES[channel.interrupt] !== undefined;
    const irq = String(isLine ? channel.interrupt : FIRST_IRQ + port - 1).padStart(3);
    lines.push(`${irq}: ${String(count).padStart(10)}  ${chip}    ${flow}     ${name}`);
  }
  lines.push("NMI:          0   Non-maskable interrupts", "LOC:          0   Local timer interrupts");
  return lines.join("\n") + "\n";
}

type Line = readonly [chip: string, flow: string, name: string];

/** Undefined: the kernel has no interrupt for the port. */
function lineOf(
  kernel: ShownKernel,
  { port, state, interrupt }: EventChannel,
  named: ReadonlyMap<number, NamedPort>,
  ipis: Iterator<string>,
): Line | undefined {
  if (state === "free" || state === "reserved") return undefined;
  const flow = state === "virq" ? "-virq " : "-event";
  if (kernel.holds(port)) return ["xen-dyn-lateeoi", flow, "evtchn:evtchn"];
  switch (state) {
    case "ipi":
      return ["xen-percpu", "-ipi  ", ipis.next().value ?? "irqwork0"];
    case "pirq":
      return interrupt in LINES
        ? ["xen-pirq", "-ioapic-level", LINES[interrupt]]
        : ["xen-pirq", "-msi", MESSAGES[interrupt] ?? `pirq${interrupt}`];
    case "virq": {
      const [chip, name] = VIRQS[virqOf(interrupt)?.name ?? ""] ?? ["xen-dyn", `virq${interrupt}`];
      return [chip, flow, name];
    }
    default: {
      const name = named.get(port)?.name;
      return name === undefined ? undefined : [name === "xenbus" ? "xen-dyn" : "xen-dyn-lateeoi", flow, name];
    }
  }
}

interface NamedPort {
  readonly name: string;
  /** Interrupts of a storm, which nobody sent. */
  readonly more: number;
}

/** The ports of this kernel's ends of devices. */
function deviceNames(kernel: ShownKernel): Map<number, NamedPort> {
  const names = new Map<number, NamedPort>();
  const own = kernel.domain.id;
  for (const device of kernel.devices()) {
    const { kind, index, domain, backend, channels } = device;
    for (const [i, { key, port, backendPort }] of channels.entries()) {
      if (backend === own && backendPort !== undefined) {
        const more = i === 0 ? backlog(device, kernel.uptime()).events : 0;
        names.set(backendPort, { name: nameOf(kind, `vif${domain}.${index}`, key, "blkif-backend"), more });
      }
      if (domain === own) names.set(port, { name: nameOf(kind, `vif${index}`, key, "blkif"), more: 0 });
    }
  }
  return names;
}

/** What a driver names the interrupt of one channel. */
function nameOf(kind: string, network: string, key: string, disk: string): string {
  if (kind === "vbd") return disk;
  if (kind !== "vif") return kind;
  const [, queue = "0", way] = /^(?:queue-(\d+)\/)?event-channel-(\w+)$/.exec(key) ?? [];
  return `${network}-q${queue}-${way}`;
}
