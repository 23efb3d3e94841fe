/** Virtual interrupts (xen/include/public/xen.h). @module */

/** How often a VIRQ can be bound: once per vCPU, per domain, or per host (by dom0, unless delegated). */
type VirqScope = "vcpu" | "domain" | "global";

interface Virq {
  readonly number: number;
  /** Lower case, without `VIRQ_`. */
  readonly name: string;
  readonly scope: VirqScope;
  /** The program that usually binds it. */
  readonly owner: string;
  /** What has happened when it fires. */
  readonly meaning: string;
}

const row = (number: number, name: string, scope: VirqScope, owner: string, meaning: string): Virq => ({
  number,
  name,
  scope,
  owner,
  meaning,
});

/** All VIRQs, in ascending order. Xen does not use 5, 14 and 15. */
export const VIRQS: readonly Virq[] = [
  row(0, "timer", "vcpu", "kernel", "the vCPU's timer expired"),
  // Linux binds it with 2-level events only (arch/x86/xen/smp.c).
  row(1, "debug", "vcpu", "kernel", "a dump of guest state was asked for"),
  row(2, "console", "global", "dom0 kernel", "input on the emergency console"),
  row(3, "dom_exc", "global", "xenstored", "a domain died or was shut down"),
  row(4, "tbuf", "global", "xentrace", "trace buffers have records"),
  row(6, "debugger", "global", "gdbsx", "a domain paused for a debugger"),
  row(7, "xenoprof", "vcpu", "xenoprof", "a profile sample is ready"),
  row(8, "con_ring", "global", "xenconsoled", "bytes in the hypervisor's console ring"),
  row(9, "pcpu_state", "global", "dom0 kernel", "a physical CPU went on or off line"),
  row(10, "mem_event", "global", "none", "a memory event happened"),
  row(11, "argo", "domain", "argo", "an Argo message arrived"),
  row(12, "enomem", "global", "tmem", "a domain ran out of memory"),
  row(13, "xenpmu", "vcpu", "kernel", "a performance counter overflowed"),
  row(16, "arch_0", "global", "dom0 kernel", "x86: a machine check was logged (MCA)"),
  ...[1, 2, 3, 4, 5, 6, 7].map((n) => row(16 + n, `arch_${n}`, "global", "none", "reserved for the architecture")),
];

const byName = new Map(VIRQS.map((virq) => [virq.name, virq.number]));
const byNumber = new Map(VIRQS.map((virq) => [virq.number, virq]));

/** The number of a VIRQ; undefined for an unknown name. Ignores case and `VIRQ_`, and accepts `-` for `_`. */
export function virqNumber(name: string): number | undefined {
  return byName.get(name.toLowerCase().replaceAll("-", "_").replace(/^virq_/, ""));
}

/** The name of a VIRQ; the number in decimal if Xen has no such VIRQ. */
export function virqName(number: number): string {
  return byNumber.get(number)?.name ?? String(number);
}

export function virqOf(number: number): Virq | undefined {
  return byNumber.get(number);
}
