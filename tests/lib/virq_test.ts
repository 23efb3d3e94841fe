import { assertEquals } from "@std/assert";
import { virqName, virqNumber, virqOf, VIRQS } from "../../lib/virq.ts";
import { test } from "../support/test.ts";

test("VIRQs have the numbers, names and scopes of xen/include/public/xen.h", () => {
  assertEquals(VIRQS.map(({ number, name, scope }) => `${number} ${name} ${scope}`), [
    "0 timer vcpu",
    "1 debug vcpu",
    "2 console global",
    "3 dom_exc global",
    "4 tbuf global",
    "6 debugger global",
    "7 xenoprof vcpu",
    "8 con_ring global",
    "9 pcpu_state global",
    "10 mem_event global",
    "11 argo domain",
    "12 enomem global",
    "13 xenpmu vcpu",
    "16 arch_0 global",
    "17 arch_1 global",
    "18 arch_2 global",
    "19 arch_3 global",
    "20 arch_4 global",
    "21 arch_5 global",
    "22 arch_6 global",
    "23 arch_7 global",
  ]);
});

test("the usual owners of VIRQs", () => {
  const owners = Object.fromEntries(VIRQS.map(({ name, owner }) => [name, owner]));
  assertEquals(owners.dom_exc, "xenstored");
  assertEquals(owners.con_ring, "xenconsoled");
  for (const name of ["timer", "debug"]) assertEquals(owners[name], "kernel");
  for (const name of ["console", "pcpu_state", "arch_0"]) assertEquals(owners[name], "dom0 kernel");
});

test("every VIRQ is found by its number and by its name", () => {
  for (const virq of VIRQS) {
    assertEquals(virqOf(virq.number), virq);
    assertEquals(virqName(virq.number), virq.name);
    assertEquals(virqNumber(virq.name), virq.number);
    assertEquals(virqNumber(`VIRQ_${virq.name.toUpperCase()}`), virq.number);
  }
});

test("the name of an unknown VIRQ is its number", () => {
  for (const number of [5, 14, 15, 24, 99]) {
    assertEquals(virqName(number), String(number));
    assertEquals(virqOf(number), undefined);
  }
  assertEquals(virqNumber("5"), undefined);
  assertEquals(virqNumber("hasOwnProperty"), undefined);
});
