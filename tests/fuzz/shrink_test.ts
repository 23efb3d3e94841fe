/**
 * A lie is found, and cut down to the least that shows it: the simulator against itself with a system call that lies.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { LINUX, PORT_BYTES } from "../../ffi/abi.ts";
import { failed, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import { test } from "../support/test.ts";
import { fuzz } from "./fuzz.ts";
import { simulatedHost } from "./hosts.ts";
import type { Host } from "./machine.ts";
import { type Line, lineText, sound } from "./line.ts";
import { shrink } from "./shrink.ts";

/** A host that tells the truth but in some calls. */
async function liar(lies: (truth: Syscalls) => Partial<Syscalls>): Promise<Host> {
  const host = await simulatedHost();
  const told: object = lies(host.syscalls);
  const syscalls = new Proxy(host.syscalls, {
    get: (truth, name) => Reflect.get(told, name)?.bind(told) ?? Reflect.get(truth, name).bind(truth),
  });
  return { ...host, name: "liar", syscalls };
}

/** What the first difference from a liar was cut down to. Script 0 has hundreds of ports; the one after it is small. */
async function found(lies: (truth: Syscalls) => Partial<Syscalls>, first = 0): Promise<string[][]> {
  let printed = "";
  const print = (text: string) => void (printed += text);
  const hosts = [await simulatedHost(), await liar(lies)] as const;
  const { differences } = await fuzz({ hosts, seeds: [1], count: 1500, print, first, enough: 1 });
  const scripts = [...printed.matchAll(/^DIFFERENCE at seed 1, script \d+, cut .*:\n\n([^]*?)\n\n {2}statement/gm)];
  assertEquals([scripts.length, printed.includes("liar")], [differences, true]);
  return scripts.map(([, script]) => script.split("\n"));
}

/** Statements with what tells one name or number from another left out. */
const shape = (script: readonly string[]) => script.map((line) => line.replace(/\$?\b[a-z]\d+\b/g, "X"));

test("a wrong errno is found, and one statement shows it", async () => {
  const scripts = await found((truth) => ({
    ioctl(fd, request, arg) {
      const result = truth.ioctl(fd, request, arg);
      return request === LINUX.ioctls.BIND_INTERDOMAIN.request && result === "ESRCH" ? "EINVAL" : result;
    },
  }));
  assert(scripts.length > 0);
  for (const script of scripts) {
    assertEquals(script.length, 1);
    assertMatch(script[0], /^bind-interdomain (9|100|0x7FEF) 1$/);
  }
});

test("ports in a wrong order are found, and a channel whose ends both have an event shows it", async () => {
  const scripts = await found((truth) => ({
    read(fd, buffer) {
      const result = truth.read(fd, buffer);
      if (failed(result) || result < 2 * PORT_BYTES) return result;
      const first = buffer.slice(0, PORT_BYTES);
      buffer.copyWithin(0, PORT_BYTES, 2 * PORT_BYTES);
      buffer.set(first, PORT_BYTES);
      return result;
    },
  }));
  assert(scripts.length > 0);
  for (const script of scripts) {
    assertEquals(script.length, shape(script).includes("notify X") ? 4 : 5, script.join("\n"));
  }
});

test("a reset that leaves the ring as it was is found, and four statements show it", async () => {
  const scripts = await found((truth) => ({
    ioctl: (fd, request, arg) => request === LINUX.ioctls.RESET.request ? 0 : truth.ioctl(fd, request, arg),
  }));
  const least = scripts.map(shape).filter(({ length }) => length === 4);
  assert(least.length > 0);
  for (const script of least) {
    assertMatch(script.slice(0, 3).join("; "), /^X = alloc-unbound \w+; bind-interdomain \S+( X)?; reset/);
    assertMatch(script[3], /^(read|poll)/);
  }
});

test("an overflow that poll hides is found, and what fills the ring is left", async () => {
  const hidden = (bits: Result) => failed(bits) || (bits & Poll.ERR) === 0 ? bits : Poll.OUT | Poll.WRNORM;
  const [script] = await found((truth) => ({ pollNow: (fd, events) => hidden(truth.pollNow(fd, events)) }), 1);
  assertMatch(script[script.length - 1], /^(@\/\w )?poll/);
  const verbs = new Set(script.flatMap((line) => /[a-z]+-?[a-z]+/.exec(line.replace(/^(@\/\w )?(\w+ = )?/, "")) ?? []));
  assertEquals([...verbs].sort(), ["alloc-unbound", "bind-interdomain", "notify", "poll", "unmask"]);
});

test("what is left out takes with it what needs it", () => {
  const line = (verb: string, args: string[], name?: string): Line => ({ label: "", verb, args, name });
  const lines = [line("alloc-unbound", ["self"], "p"), line("bind-interdomain", ["self", "$p"], "q")];
  assertEquals(sound([...lines, line("notify", ["$q"])]).map(lineText).length, 3);
  assertEquals(sound([lines[1], line("notify", ["$q"]), line("read", [])]).map(lineText), ["read"]);
  assertEquals(sound([line("bind-interdomain", ["0:$p"], "q")]), []);
});

test("statements, words, names and handles that nothing needs are left out", async () => {
  const line = (verb: string, args: string[], label = "", name?: string): Line => ({ label, verb, args, name });
  const lines = [
    line("read", ["4"]),
    line("alloc-unbound", ["self"], "b", "p"),
    line("alloc-unbound", ["self"], "b", "q"),
    line("notify", ["$p", "$q", "$p"], "b"),
    line("poll", ["--events", "all"]),
    line("unmask", ["1", "2", "3", "4", "5", "6", "7"], "c"),
    line("reset", ["--unmask"]),
  ];
  const shows = (lines: readonly Line[]) =>
    Promise.resolve(lines.some(({ verb, args }) => verb === "unmask" && args.includes("6") && args.includes("2")));
  assertEquals((await shrink(lines, shows)).map(lineText), ["unmask 2 6"]);
  const asks = (lines: readonly Line[]) =>
    Promise.resolve(sound(lines).length === lines.length && lines.some(({ args }) => args.includes("$q")));
  assertEquals((await shrink(lines, asks)).map(lineText), ["q = alloc-unbound", "notify $q"]);
});
