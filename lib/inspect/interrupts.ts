/** /proc/interrupts: how often each processor took each interrupt (kernel/irq/proc.c, show_interrupts). @module */

/** One interrupt of an event channel. */
export interface ChannelInterrupt {
  /** The number that Linux gave it, which says nothing of the port. */
  readonly irq: number;
  /** Who asked for it, as in `vif1.0-q0-tx`, `blkif-backend` or `evtchn:xenstored`. A process's name may be anything. */
  readonly name: string;
  /** How often each processor took it, in the order of {@linkcode Interrupts.processors}. */
  readonly counts: readonly number[];
}

export interface Interrupts {
  /** The numbers of the processors that are online, ascending. */
  readonly processors: readonly number[];
  /** Those of event channels that the kernel may give to any processor, ascending. */
  readonly channels: readonly ChannelInterrupt[];
}

/**
 * `xen-dyn`, and with late EOI `xen-dyn-lateeoi` (drivers/xen/events/events_base.c, xen_dynamic_chip, xen_lateeoi_chip);
 * timers and IPIs are `xen-percpu`, lines of hardware `xen-pirq`. The flow handler's name follows: `-event` or `-virq`.
 */
const CHIP = /^ +xen-dyn(?:-lateeoi)?(?:\.\S+)? +(?:[0-9]+ +)?(?:(?:Edge|Level) +)?(?:-\S+ +)?(.*)$/;

/** Reads the file's text. Lines that are no event channel's are left out, as are lines that cannot be read. */
export function parseInterrupts(text: string): Interrupts {
  const [heading = "", ...lines] = text.split("\n");
  const processors = [...heading.matchAll(/\bCPU(\d+)\b/g)].map(([, number]) => Number(number));
  const channels: ChannelInterrupt[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const irq = line.slice(0, colon).trim();
    if (!/^\d+$/.test(irq)) continue;
    const counts: number[] = [];
    let at = colon + 1;
    for (const _ of processors) {
      const count = COUNT.exec(line.slice(at, at + LONGEST_COUNT));
      if (count === null) break;
      counts.push(Number(count[1]));
      at += count[0].length;
    }
    const [, name] = CHIP.exec(line.slice(at)) ?? [];
    if (name === undefined || counts.length < processors.length) continue;
    channels.push({ irq: Number(irq), name: name.trimEnd(), counts });
  }
  return { processors, channels };
}

/** A column of counts: `%10u` and a blank before it. Counts are of 32 bits. */
const COUNT = /^ +(\d+)(?= )/;
const LONGEST_COUNT = 40;
