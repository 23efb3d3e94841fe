/** Who asked for interrupts, by the names in /proc/interrupts (kernel/irq/proc.c, show_interrupts). @module */

/** The names that tell whose event channels this kernel has. None of them tells a port. */
export interface InterruptNames {
  /**
   * How many ports the handles of processes have bound, by the name of the process when it opened the device
   * (drivers/xen/evtchn.c, evtchn_open: `evtchn:%s`).
   */
  readonly ofProcesses: ReadonlyMap<string, number>;
  /** Of the kernel's own channels, as in `vif1.0-q0-tx`. */
  readonly ofKernel: readonly string[];
  /** Of the lines of the machine, by their numbers. Xen and this kernel number them alike (xen_allocate_irq_gsi). */
  readonly lines: ReadonlyMap<number, string>;
  /** Of the interrupts that are messages. Their numbers say nothing of Xen's. */
  readonly messages: readonly string[];
}

const PROCESS = "evtchn:";

/** What follows the counts: the chip, maybe a number and a trigger, the flow handler, and whoever asked for it. */
const REST = /^ +xen-(dyn|pirq)\S*(?: +[^-\s]\S*){0,3} +-(\S+) +(.*)$/;

/** Reads the file's text. What is no interrupt of an event channel is left out. */
export function parseInterruptNames(text: string): InterruptNames {
  const ofProcesses = new Map<string, number>();
  const ofKernel: string[] = [];
  const lines = new Map<number, string>();
  const messages: string[] = [];
  for (const line of text.split("\n")) {
    const [counted, irq] = /^ *([0-9]{1,10}):[ 0-9]+(?= xen-)/.exec(line) ?? [];
    const [, chip, flow, name] = counted === undefined ? [] : REST.exec(line.slice(counted.length)) ?? [];
    if (name === undefined) continue;
    if (chip === "dyn") {
      if (!name.startsWith(PROCESS)) ofKernel.push(name);
      else ofProcesses.set(name.slice(PROCESS.length), (ofProcesses.get(name.slice(PROCESS.length)) ?? 0) + 1);
    } else if (flow.startsWith("msi")) messages.push(name);
    else lines.set(Number(irq), name);
  }
  return { ofProcesses, ofKernel, lines, messages };
}
