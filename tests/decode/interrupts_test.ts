import { assertEquals } from "@std/assert";
import { readInterrupts } from "../../lib/decode/interrupts.ts";
import { test } from "../support/test.ts";

/** As Xen 4.17 printed it, with one line that has two domains. */
const DUMP = `(XEN) IRQ information:
(XEN)    IRQ:   0 vec:f0 IO-APIC-edge    status=000 aff:{0}/{0} arch/x86/time.c#timer_interrupt()
(XEN)    IRQ:   5 vec:40 IO-APIC-level   status=002 aff:{0}/{0} mapped, unbound
(XEN)    IRQ:   9 vec:60 IO-APIC-level   status=030 aff:{0}/{0} in-flight=0 d0:  9(---)
(XEN)    IRQ:  16 vec:a0 IO-APIC-level   status=030 aff:{1}/{0-1} in-flight=2 d0: 16(PM-)
(XEN)    IRQ:  17 vec:a8 IO-APIC-level   status=030 aff:{1}/{0-1} in-flight=1 d0: 17(PMM),d3: 55(??M)
(XEN) Direct vector information:
(XEN)    0x22 -> irq_move_cleanup_interrupt()
(XEN) IO-APIC interrupt information:
(XEN)     IRQ  9 Vec 96:
(XEN)       Apic 0x00, Pin  9: vec=60 delivery=LoPri dest=L status=0 polarity=0 irr=0 trig=L mask=0 dest_id:01
`;

test("each domain's binding of an interrupt is read; what no domain has is left out", () => {
  const level = { type: "IO-APIC-level" };
  assertEquals(readInterrupts(DUMP), [
    { irq: 9, ...level, inFlight: 0, domain: 0, pirq: 9, pending: false, masked: false },
    { irq: 16, ...level, inFlight: 2, domain: 0, pirq: 16, pending: true, masked: true },
    { irq: 17, ...level, inFlight: 1, domain: 0, pirq: 17, pending: true, masked: true },
    { irq: 17, ...level, inFlight: 1, domain: 3, pirq: 55 },
  ]);
});

test("the lines of an old release, and of a security module, are read too", () => {
  const old = "(XEN)    IRQ:   9 affinity:1 vec:60 type=IO-APIC-level   status=00000010 in-flight=0 " +
    "domain-list=0:  9(P--),3: 54(-M-),\n";
  assertEquals(readInterrupts(old).map(({ domain, pirq, pending, masked }) => [domain, pirq, pending, masked]), [
    [0, 9, true, false],
    [3, 54, false, true],
  ]);
  const labelled = DUMP.replaceAll("in-flight", "Z=system_u:object_r:irq_t    in-flight");
  assertEquals(readInterrupts(labelled), readInterrupts(DUMP));
});

test("the last dump counts, and other texts have none", () => {
  assertEquals(readInterrupts(DUMP + DUMP), readInterrupts(DUMP));
  assertEquals(readInterrupts("(XEN) IRQ: many\n" + "IRQ: 1 ".repeat(100_000)), []);
  assertEquals(readInterrupts("(XEN) " + "IRQ: 1 vec:aa x in-flight=1 ".repeat(100_000)), []);
});
