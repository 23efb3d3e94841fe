/**
 * Scripts at random, on two simulators that are not the same: their ports are others, and so are the ones that are free.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { test } from "../support/test.ts";
import { fuzz, summary } from "./fuzz.ts";
import { generate } from "./generator.ts";
import type { Host } from "./machine.ts";
import { simulatedHost } from "./hosts.ts";
import { scriptText } from "./line.ts";
import { difference, named } from "./outcome.ts";
import { parseWanted } from "./options.ts";

const GROUND = { channels: 2048, virqs: new Set([1, 4, 6, 12]) };

/** A simulator whose free ports have gaps: somebody holds others. */
async function holed(spec?: string): Promise<{ host: Host; [Symbol.dispose](): void }> {
  const host = await simulatedHost(spec);
  const device = LocalDevice.open(host.path, host);
  const ports = Array.from({ length: 40 }, () => device.allocUnbound(DOMID_SELF));
  for (const port of ports.filter((port) => port % 3 === 0)) device.unbind(port);
  return { host, [Symbol.dispose]: () => device.close() };
}

/** Runs seeds on two hosts; gives what was printed if they differ, and the counts. */
async function compare(one: Host, other: Host, seeds: number[], count: number) {
  let printed = "";
  const print = (text: string) => void (printed += text);
  const findings = await fuzz({ hosts: [one, other], seeds, count, print });
  assertEquals(findings.differences, 0, printed);
  return { findings, printed };
}

test("two simulators with other ports say the same of every script, and the scripts reach what is hard", async () => {
  using other = await holed();
  const { findings, printed } = await compare(await simulatedHost(), other.host, [1, 2, 3], 9000);
  const { reached } = findings;
  const { overflows, largeRings, largeOverflows, stale, reused } = reached;
  assert(reached.statements >= 9000 && Math.min(overflows, largeRings, largeOverflows, stale, reused) > 0, printed);
  const results = "alloc-unbound EACCES,bind-interdomain EACCES,bind-interdomain EINVAL,bind-interdomain ESRCH," +
    "bind-static ENOSYS,bind-virq EACCES,bind-virq EEXIST,bind-virq EINVAL,notify ENOTCONN,read EAGAIN,read EFBIG,restrict EACCES," +
    "restrict EINVAL,unbind EINVAL,unbind ENOTCONN";
  assertEquals(results.split(",").filter((result) => !reached.results.has(result)), []);
  assertEquals(summary(findings, [1, 2, 3]).split("\n").at(-2)?.endsWith("3 seeds: 0 differences"), true);
});

test("2-level and FIFO event channels say the same once the ground is level", async () => {
  using other = await holed("linux?ports=4096");
  const { printed } = await compare(await simulatedHost(), other.host, [7], 1500);
  assert(printed.startsWith("level: 4096 channels"), printed);
  assert(printed.includes("held on sim:linux?ports=131072: virq:debug, virq:con_ring\n"), printed);
});

test("a script is had again by its seed and number, and no other has them", () => {
  const text = (seed: number, index: number) => scriptText(generate(seed, index, GROUND));
  assertEquals(text(5, 3), text(5, 3));
  assertNotEquals(text(5, 3), text(5, 4));
  assertNotEquals(text(5, 3), text(6, 3));
});

test("ports are told by the order in which they were given", () => {
  const given = (first: number, then: number) => [
    { op: "alloc-unbound", port: first, channel: "self:any" },
    { op: "bind-interdomain", port: then, channel: `self:${first}` },
    { op: "read", ports: [then, first] },
    { op: "unbind", error: "ENOTCONN", subject: `${first}`, message: `Cannot unbind port ${first}: ENOTCONN` },
  ];
  assertEquals(named(given(7, 24)), named(given(27, 28)));
  assertEquals(named(given(7, 24))[2], { op: "read", ports: ["p2", "p1"] });
  assertEquals(named(given(7, 24))[3].message, "Cannot unbind port p1: ENOTCONN");
});

test("a port that is given again keeps its name, so that a wrong one shows", () => {
  const bind = (port: number) => ({ op: "alloc-unbound", port, channel: "self:any" });
  const right = named([bind(7), bind(8), bind(7)]);
  const wrong = named([bind(27), bind(28), bind(29)]);
  assertEquals([right[2].port, difference(right, wrong)], ["p1", 2]);
});

test("ports that are not given in ascending order show", () => {
  const bind = (port: number) => ({ op: "alloc-unbound", port, channel: "self:any" });
  assertEquals(difference(named([bind(7), bind(9)]), named([bind(28), bind(27)])), 2);
});

test("a number that is no port of the script's stays one", () => {
  const records = [
    { op: "bind-virq", port: 9, channel: "virq:9" },
    { op: "restrict", error: "EINVAL", subject: "9", message: "Cannot restrict to domain 9: EINVAL" },
    { op: "bind-interdomain", error: "ESRCH", subject: "9:9", message: "Cannot bind port 9 of domain 9: ESRCH" },
    { op: "read", ports: [10] },
  ];
  assertEquals(named(records).slice(0, -1), [{ ...records[0], port: "p1" }, ...records.slice(1)]);
});

test("a statement that one host has not done is a difference", () => {
  assertEquals(difference([{ op: "read" }], [{ op: "read" }, { op: "poll" }]), 1);
  assertEquals(difference([{ op: "read" }], [{ op: "read" }]), undefined);
});

test("seeds and statements are asked for by number", () => {
  assertEquals(parseWanted([]), { seeds: Array.from({ length: 20 }, (_, i) => i + 1), count: 100_000, first: 0 });
  assertEquals(parseWanted(["--seed", "7", "--count", "200"]), { seeds: [7], count: 200, first: 0 });
  assertEquals(parseWanted(["--seed=7", "--seeds=3"]), { seeds: [7, 8, 9], count: 15_000, first: 0 });
  assertEquals(parseWanted(["--seed", "3,9"])?.seeds, [3, 9]);
  assertEquals(parseWanted(["--seed", "3", "--first", "12", "--count", "1"]), { seeds: [3], count: 1, first: 12 });
  for (const words of [["--seed", "x"], ["--sed", "1"], ["7"], ["--count", "0"], ["--seed", "1,"], ["--seeds", "0"]]) {
    assertEquals(parseWanted(words), undefined, words.join(" "));
  }
});
