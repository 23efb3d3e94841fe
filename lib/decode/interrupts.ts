/** Reads what Xen's debug key `i` prints: the lines of dump_irqs (xen/arch/x86/irq.c), as far as domains have them. @module */

import { type Domid, DOMID_FIRST_RESERVED } from "../types.ts";
import { xenLines } from "./xen_lines.ts";

/** A domain's binding of an interrupt of the host. */
export interface DumpedInterrupt {
  /** The host's number. */
  readonly irq: number;
  /** What delivers it, such as `IO-APIC-level` or `PCI-MSI`. */
  readonly type: string;
  /** How many domains have not yet said that they are done with it. */
  readonly inFlight: number;
  readonly domain: Domid;
  /** The domain's number, which its port of that interrupt has. */
  readonly pirq: number;
  /** The bits of that port; undefined where Xen could not look, because the port was locked. */
  readonly pending?: boolean;
  readonly masked?: boolean;
}

const START = /IRQ information:|Guest interrupt information:/;

/**
 * `   IRQ:   9 vec:60 IO-APIC-level   status=030 aff:{0}/{0} in-flight=0 d0:  9(---)`; before Xen 4.12
 * `type=IO-APIC-level` and `domain-list=0:  9(---),`. Bounded, as a dump may be any text.
 */
const LINE =
  /IRQ: {0,8}(\d{1,10}) .{0,300}?vec:[0-9a-f]{2} (?:type=)?(\S{1,32}) .{0,300}?in-flight=(\d{1,10}) (.{1,2000})$/;

/** `d0:  9(PM-)`: pending, masked, and masked by Xen until the domain is done. */
const BINDING = /(?:^|[,=])d?(\d{1,5}): {0,8}(\d{1,10})\(([-P?])([-M?])[-M]\)/g;

/** The bindings in the last dump of a text, in its order; none if there is no such dump. */
export function readInterrupts(text: string): DumpedInterrupt[] {
  let found: DumpedInterrupt[] = [];
  for (const [, line] of xenLines(text)) {
    if (START.test(line)) found = [];
    const [, irq, type, inFlight, bindings] = LINE.exec(line) ?? [];
    if (bindings === undefined) continue;
    for (const [, domain, pirq, pending, masked] of bindings.matchAll(BINDING)) {
      if (Number(domain) >= DOMID_FIRST_RESERVED) continue;
      found.push({
        irq: Number(irq),
        type,
        inFlight: Number(inFlight),
        domain: Number(domain),
        pirq: Number(pirq),
        ...pending === "?" ? undefined : { pending: pending === "P", masked: masked === "M" },
      });
    }
  }
  return found;
}
