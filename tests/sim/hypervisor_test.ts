import { assertEquals } from "@std/assert";
import type { Domain } from "../../lib/sim/xen/domain.ts";
import { Hypervisor } from "../../lib/sim/xen/hypervisor.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { test } from "../support/test.ts";

const [TIMER, CONSOLE, DOM_EXC, ARGO] = [0, 2, 3, 11];

interface Host {
  readonly xen: Hypervisor;
  readonly dom0: Domain;
  readonly dom1: Domain;
  readonly dom2: Domain;
}

/** Xen and three domains without kernels. */
function host(ports: 4096 | 131072 = 4096): Host {
  const xen = new Hypervisor(ports);
  const [dom0, dom1, dom2] = [0, 1, 2].map((domid) => xen.createDomain(domid) as Domain);
  return { xen, dom0, dom1, dom2 };
}

/** A channel between domain 1 and domain 2; the ports are 1 in both. */
function connected(): Host {
  const { xen, dom0, dom1, dom2 } = host();
  xen.allocUnbound(dom1, 2);
  xen.bindInterdomain(dom2, 1, 1);
  return { xen, dom0, dom1, dom2 };
}

/** Collects the upcalls of a domain and clears each pending bit. */
function upcalls(domain: Domain): number[] {
  const ports: number[] = [];
  domain.upcall = (port) => {
    domain.clearPending(port);
    ports.push(port);
  };
  return ports;
}

test("ports are the lowest free ones from 1, and reused at once (xen/common/event_channel.c:248)", () => {
  const { xen, dom1 } = host();
  assertEquals([1, 2, 3].map(() => xen.allocUnbound(dom1, 2)), [1, 2, 3]);
  xen.close(dom1, 2);
  xen.close(dom1, 1);
  assertEquals([1, 2, 3].map(() => xen.allocUnbound(dom1, 2)), [1, 2, 4]);
});

for (const limit of [4096, 131072] as const) {
  test(`of ${limit} ports port 0 is reserved; past the last one it is ENOSPC (xen/common/event_channel.c:268)`, () => {
    const { xen, dom1, dom2 } = host(limit);
    for (let port = 1; port < limit; port++) assertEquals(xen.allocUnbound(dom1, 2), port);
    assertEquals(xen.allocUnbound(dom1, 2), "ENOSPC");
    assertEquals(xen.bindVirq(dom1, TIMER), "ENOSPC");
    assertEquals(xen.bindIpi(dom1), "ENOSPC");
    assertEquals(xen.bindPirq(dom1, 9), "ENOSPC");
    xen.allocUnbound(dom2, 1);
    assertEquals(xen.bindInterdomain(dom1, 2, 1), "ENOSPC");
    xen.close(dom1, 77);
    assertEquals(xen.bindInterdomain(dom1, 2, 1), 77);
  });
}

test("alloc_unbound does not ask whether the remote domain exists (xen/common/event_channel.c:348)", () => {
  const { xen, dom1 } = host();
  assertEquals(xen.allocUnbound(dom1, 999), 1);
  assertEquals(xen.status(dom1, 1, 1), { status: "unbound", vcpu: 0, remoteDomain: 999 });
});

test("alloc_unbound keeps DOMID_SELF as the caller's id (xen/common/event_channel.c:349)", () => {
  const { xen, dom1 } = host();
  xen.allocUnbound(dom1, DOMID_SELF);
  assertEquals(xen.status(dom1, 1, 1), { status: "unbound", vcpu: 0, remoteDomain: 1 });
});

test("alloc_unbound in another domain takes a privileged caller (xen/common/event_channel.c:341)", () => {
  const { xen, dom0, dom1 } = host();
  assertEquals(xen.allocUnbound(dom1, 1, 2), "EPERM");
  assertEquals(xen.allocUnbound(dom0, 0, 2), 1);
  assertEquals(xen.allocUnbound(dom0, 0, 99), "ESRCH");
});

test("bind_interdomain answers ESRCH, then ENOSPC, then EINVAL (xen/common/event_channel.c:395-436)", () => {
  const { xen, dom1 } = host();
  for (let port = 1; port < 4096; port++) xen.allocUnbound(dom1, 2);
  assertEquals(xen.bindInterdomain(dom1, 99, 1), "ESRCH");
  assertEquals(xen.bindInterdomain(dom1, 2, 1), "ENOSPC");
  xen.close(dom1, 5);
  assertEquals(xen.bindInterdomain(dom1, 2, 1), "EINVAL");
});

test("bind_interdomain takes an unbound port that is reserved for the caller, no other", () => {
  const { xen, dom0, dom1, dom2 } = host();
  xen.allocUnbound(dom1, 2);
  assertEquals(xen.bindInterdomain(dom0, 1, 1), "EINVAL"); // not for domain 0
  for (const port of [0, 2, 63, 64, 4096, 2 ** 32 - 1]) assertEquals(xen.bindInterdomain(dom2, 1, port), "EINVAL");
  assertEquals(xen.bindInterdomain(dom2, 1, 1), 1);
  assertEquals(xen.bindInterdomain(dom2, 1, 1), "EINVAL"); // bound by now
});

test("a failed bind frees its local port again", () => {
  const { xen, dom1 } = host();
  xen.bindInterdomain(dom1, 2, 1);
  assertEquals(xen.allocUnbound(dom1, 2), 1);
});

test("binding makes the local port pending at once and the remote one not (xen/common/event_channel.c:457)", () => {
  const { dom1, dom2 } = connected();
  assertEquals(dom2.channel(1)!.pending, true);
  assertEquals(dom1.channel(1)!.pending, false);
});

test("a domain can bind to itself by its own id and by DOMID_SELF", () => {
  const { xen, dom1 } = host();
  xen.allocUnbound(dom1, DOMID_SELF);
  xen.allocUnbound(dom1, 1);
  assertEquals(xen.bindInterdomain(dom1, DOMID_SELF, 1), 3);
  assertEquals(xen.bindInterdomain(dom1, 1, 2), 4);
  assertEquals(xen.send(dom1, 3), 0);
  assertEquals(dom1.channel(1)!.pending, true);
});

test("bind_virq answers EINVAL, EBUSY, EEXIST, then ENOSPC (xen/common/event_channel.c:484-528)", () => {
  const { xen, dom0, dom1 } = host();
  for (const virq of [24, 99, 2 ** 31, 2 ** 32 - 1]) assertEquals(xen.bindVirq(dom0, virq), "EINVAL");
  assertEquals(xen.bindVirq(dom1, DOM_EXC), "EBUSY");
  assertEquals(xen.bindVirq(dom0, DOM_EXC), 1);
  assertEquals(xen.bindVirq(dom0, DOM_EXC), "EEXIST");
  while (typeof xen.bindIpi(dom0) === "number");
  assertEquals(xen.bindVirq(dom0, DOM_EXC), "EEXIST");
  assertEquals(xen.bindVirq(dom0, CONSOLE), "ENOSPC");
});

test("a VIRQ of each vCPU or each domain can be bound in all of them", () => {
  const { xen, dom0, dom1 } = host();
  assertEquals([dom0, dom1].map((domain) => xen.bindVirq(domain, TIMER)), [1, 1]);
  assertEquals([dom0, dom1].map((domain) => xen.bindVirq(domain, ARGO)), [2, 2]);
});

test("a closed VIRQ can be bound again", () => {
  const { xen, dom0 } = host();
  xen.bindVirq(dom0, DOM_EXC);
  xen.close(dom0, 1);
  assertEquals(xen.bindVirq(dom0, DOM_EXC), 1);
});

test("a VIRQ of the host is raised in domain 0, whatever domain is given", () => {
  const { xen, dom0, dom1 } = host();
  xen.bindVirq(dom0, DOM_EXC);
  assertEquals(xen.raise(DOM_EXC, 1), 1);
  assertEquals(dom0.channel(1)!.pending, true);
  assertEquals(dom1.channel(1)!.pending, false);
});

test("a VIRQ of each domain is raised in the given domain", () => {
  const { xen, dom1, dom2 } = host();
  for (const domain of [dom1, dom2]) xen.bindVirq(domain, TIMER);
  assertEquals(xen.raise(TIMER, 2), 1);
  assertEquals([dom1, dom2].map((domain) => domain.channel(1)!.pending), [false, true]);
});

test("a VIRQ that is not bound is lost (xen/common/event_channel.c:963)", () => {
  const { xen, dom0 } = host();
  assertEquals(xen.raise(DOM_EXC), 0);
  xen.bindVirq(dom0, DOM_EXC);
  assertEquals(dom0.channel(1)!.pending, false);
});

test("raising answers EINVAL for no such VIRQ and ESRCH for no such domain", () => {
  const { xen } = host();
  assertEquals(xen.raise(24), "EINVAL");
  assertEquals(xen.raise(TIMER, 99), "ESRCH");
});

test("send answers EINVAL on a free port, a VIRQ, a PIRQ and past the table (xen/common/event_channel.c:895)", () => {
  const { xen, dom0 } = host();
  assertEquals([xen.bindVirq(dom0, DOM_EXC), xen.bindPirq(dom0, 9)], [1, 2]);
  for (const port of [0, 1, 2, 3, 4096, 2 ** 32 - 1]) assertEquals(xen.send(dom0, port), "EINVAL");
});

test("send on an unbound port is 0 and goes nowhere (xen/common/event_channel.c:892)", () => {
  const { xen, dom1 } = host();
  xen.allocUnbound(dom1, 2);
  assertEquals(xen.send(dom1, 1), 0);
  assertEquals(dom1.channel(1)!.pending, false);
});

test("send on an IPI makes the port itself pending (xen/common/event_channel.c:889)", () => {
  const { xen, dom1 } = host();
  xen.bindIpi(dom1);
  assertEquals(xen.send(dom1, 1), 0);
  assertEquals(dom1.channel(1)!.pending, true);
});

test("events on a masked port wait, as one, for the unmask (xen/common/event_2l.c:20-64)", () => {
  const { xen, dom1, dom2 } = connected();
  const seen = upcalls(dom1);
  for (let i = 0; i < 3; i++) xen.send(dom2, 1);
  assertEquals(seen, []);
  dom1.unmask(1);
  assertEquals(seen, [1]);
  dom1.unmask(1);
  assertEquals(seen, [1]);
  xen.send(dom2, 1);
  assertEquals(seen, [1, 1]);
  dom1.mask(1);
  xen.send(dom2, 1);
  assertEquals(seen, [1, 1]);
});

test("further events merge with one that is still pending", () => {
  const { xen, dom1, dom2 } = connected();
  const seen: number[] = [];
  dom1.upcall = (port) => seen.push(port);
  dom1.unmask(1);
  for (let i = 0; i < 3; i++) xen.send(dom2, 1);
  assertEquals(seen, [1]);
});

test("a closed port leaves its peer unbound, reserved for the closer, without event (xen/common/event_channel.c:819)", () => {
  const { xen, dom1, dom2 } = connected();
  assertEquals(xen.close(dom2, 1), 0);
  assertEquals(xen.status(dom1, 1, 1), { status: "unbound", vcpu: 0, remoteDomain: 2 });
  assertEquals(dom1.channel(1)!.pending, false);
  assertEquals(xen.send(dom1, 1), 0);
  assertEquals(xen.bindInterdomain(dom2, 1, 1), 1);
});

test("closing drops a pending event (xen/common/event_channel.c:288)", () => {
  const { xen, dom2 } = connected();
  xen.close(dom2, 1);
  xen.allocUnbound(dom2, 1);
  assertEquals(dom2.channel(1)!.pending, false);
});

test("a port that is used again is masked, and has nothing to do with its former peer", () => {
  const { xen, dom1, dom2 } = connected();
  dom2.unmask(1);
  xen.close(dom2, 1);
  xen.close(dom1, 1);
  const seen = upcalls(dom2);
  xen.allocUnbound(dom2, 1);
  dom2.channel(1)!.raise();
  assertEquals(seen, []);
  xen.close(dom2, 1);
  assertEquals(xen.status(dom1, 1, 1), { status: "closed", vcpu: 0 });
});

test("close answers EINVAL on a free or reserved port and past the table (xen/common/event_channel.c:710-728)", () => {
  const { xen, dom1 } = host();
  for (const port of [0, 1, 4096]) assertEquals(xen.close(dom1, port), "EINVAL");
});

test("status tells what a port is bound to, and nothing of pending or mask (xen/common/event_channel.c:1149)", () => {
  const { xen, dom0 } = connected();
  xen.bindVirq(dom0, DOM_EXC);
  xen.bindPirq(dom0, 9);
  xen.bindIpi(dom0);
  const ask = (domid: number, port: number) => xen.status(dom0, domid, port);
  assertEquals(ask(0, 0), { status: "closed", vcpu: 0 });
  assertEquals(ask(0, 1), { status: "virq", vcpu: 0, virq: DOM_EXC });
  assertEquals(ask(0, 2), { status: "pirq", vcpu: 0, pirq: 9 });
  assertEquals(ask(0, 3), { status: "ipi", vcpu: 0 });
  assertEquals(ask(0, 4), { status: "closed", vcpu: 0 });
  assertEquals(ask(2, 1), { status: "interdomain", vcpu: 0, remoteDomain: 1, remotePort: 1 });
});

test("status answers ESRCH, then EINVAL past the table, then EPERM (xen/common/event_channel.c:1132-1147)", () => {
  const { xen, dom0, dom1 } = host();
  assertEquals(xen.status(dom1, 99, 1), "ESRCH");
  assertEquals(xen.status(dom1, 0, 64), "EINVAL");
  assertEquals(xen.status(dom1, 0, 1), "EPERM");
  assertEquals(xen.status(dom1, DOMID_SELF, 1), { status: "closed", vcpu: 0 });
  for (let port = 1; port <= 64; port++) xen.bindIpi(dom0);
  assertEquals(xen.status(dom0, 0, 127), { status: "closed", vcpu: 0 }); // the table grows by whole pages
  assertEquals(xen.status(dom0, 0, 128), "EINVAL");
});

test("a domain's end closes its ports and raises VIRQ_DOM_EXC (xen/common/event_channel.c:1658)", () => {
  const { xen, dom0, dom1 } = connected();
  xen.bindVirq(dom0, DOM_EXC);
  assertEquals(xen.destroyDomain(2), 0);
  assertEquals(xen.domids, [0, 1]);
  assertEquals(xen.status(dom0, 2, 1), "ESRCH");
  assertEquals(xen.status(dom1, 1, 1), { status: "unbound", vcpu: 0, remoteDomain: 2 });
  assertEquals(dom0.channel(1)!.pending, true);
});

test("a new domain of the same id may bind to what was reserved for the old one", () => {
  const { xen } = connected();
  xen.destroyDomain(2);
  const reborn = xen.createDomain(2) as Domain;
  assertEquals(xen.bindInterdomain(reborn, 1, 1), 1);
});

test("domains: EEXIST, EINVAL for reserved ids and to destroy domain 0, ESRCH", () => {
  const { xen } = host();
  assertEquals(xen.createDomain(1), "EEXIST");
  assertEquals(xen.createDomain(0x7FF0), "EINVAL");
  assertEquals(typeof xen.createDomain(0x7FEF), "object");
  assertEquals(xen.destroyDomain(9), "ESRCH");
  assertEquals(xen.destroyDomain(0), "EINVAL");
});

test("a destroyed domain whose memory is held stays as dying, without ports, until it is destroyed again", () => {
  const { xen, dom0, dom2 } = host();
  const virq = xen.bindVirq(dom0, DOM_EXC) as number;
  const port = xen.allocUnbound(dom0, 2) as number;
  xen.bindInterdomain(dom2, 0, port);
  dom0.unmask(virq);
  let raised = 0;
  dom0.upcall = () => raised++;
  assertEquals([xen.destroyDomain(2, true), xen.domain(2)?.dying, xen.domids, raised], [0, true, [0, 1, 2], 0]);
  assertEquals([xen.status(dom0, 2, 0), xen.status(dom0, 0, port)], [
    "EINVAL",
    { status: "unbound", vcpu: 0, remoteDomain: 2 },
  ]);
  assertEquals([xen.bindInterdomain(dom0, 2, 1), xen.allocUnbound(dom0, 0, 2), xen.createDomain(2)], [
    "EINVAL",
    "EINVAL",
    "EEXIST",
  ]);
  assertEquals([xen.destroyDomain(2), xen.domain(2), raised], [0, undefined, 1]);
});
