/**
 * What a script does at random, each with its weight.
 *
 * @module
 */

import { LABELS } from "./book.ts";
import type { Writer } from "./writer.ts";

/** Adds a statement, or a few that belong together; nothing where there is nothing to do it to. */
export type Action = (writer: Writer) => void;

/** How many ports a script at random has at most at a time. */
const MANY = 150;

/** Domains that are not there. Any of them may be offered a port. */
const NOBODY = ["9", "100", "0x7FEF"];

const WRONG_VIRQS = ["console", "virq:timer", "24", "31", "99", "4294967295"];

function offer(writer: Writer): void {
  if (writer.book.size < MANY) writer.offer(writer.label());
}

function offerElsewhere(writer: Writer): void {
  const { book, draw } = writer;
  const label = writer.label();
  if (book.isRestricted(label)) return writer.say(label, "alloc-unbound", [draw.of(NOBODY)]);
  const name = book.name("x");
  writer.say(label, "alloc-unbound", [draw.of(NOBODY)], name);
  book.bind({ name, label, offered: false });
}

function connect(writer: Writer): void {
  const offers = writer.book.all.filter(({ offered }) => offered);
  if (offers.length === 0) return pair(writer);
  writer.connect(writer.label(), writer.draw.of(offers));
}

function pair(writer: Writer): void {
  if (writer.book.size > MANY) return;
  const end = writer.offer(writer.label());
  if (end !== undefined) writer.connect(writer.label(), end);
}

function connectWrongly(writer: Writer): void {
  const { draw, book } = writer;
  const label = writer.label();
  const taken = book.all.filter(({ offered, name }) => !offered && !name.startsWith("x"));
  const free = book.stale.filter(({ rank }) => !book.all.some((end) => end.rank === rank));
  const peers = [...draw.some(taken, 1), ...draw.some(free, 1)].map(({ name }) => ["self", `$${name}`]);
  writer.say(label, "bind-interdomain", draw.of([...peers, ["self", writer.strange()], [draw.of(NOBODY), "1"]]));
}

function bindVirq(writer: Writer): void {
  const { draw, book } = writer;
  const label = writer.label();
  const virq = draw.between(0, 23);
  if (draw.chance(20)) return writer.say(label, "bind-virq", [draw.of(WRONG_VIRQS)]);
  if (book.isRestricted(label) || !book.isFree(virq)) return writer.say(label, "bind-virq", [`${virq}`]);
  const name = book.name("v");
  writer.say(label, "bind-virq", [`${virq}`], name);
  book.bind({ name, label, virq, offered: false });
}

/** The rig's kernel is older than the call, and simulated without static channels so is the other one. */
function bindStatic(writer: Writer): void {
  const label = writer.label();
  writer.say(label, "bind-static", [writer.port(label)]);
}

function notify(writer: Writer): void {
  const label = writer.busyLabel();
  const count = writer.draw.chance(20) ? ["--count", `${writer.draw.of([1, 2, 3, 5, 40])}`] : [];
  writer.say(label, "notify", [...count, writer.port(label)]);
}

function notifySeveral(writer: Writer): void {
  const label = writer.busyLabel();
  const ends = writer.draw.some(writer.book.of(label), 12);
  if (ends.length > 0) writer.say(label, "notify", ends.map(({ name }) => `$${name}`));
}

function read(writer: Writer): void {
  const bytes = writer.draw.of([
    "",
    "",
    "",
    "0",
    "1",
    "3",
    "4",
    "5",
    "7",
    "8",
    "12",
    "17",
    "41",
    "4095",
    "4097",
    "10000",
  ]);
  writer.say(writer.busyLabel(), "read", bytes === "" ? [] : [bytes]);
}

/** What a consumer does: reads, and lets the ports that it has read fire again. */
function serve(writer: Writer): void {
  const label = writer.busyLabel();
  const name = writer.book.name("r");
  writer.say(label, "read", writer.draw.chance(30) ? [`${4 * writer.draw.between(1, 20)}`] : [], name);
  writer.say(label, "unmask", [`$${name}`]);
}

function poll(writer: Writer): void {
  const events = writer.draw.of(["", "all", "out", "in"]);
  writer.say(writer.busyLabel(), "poll", events === "" ? [] : ["--events", events]);
}

function unmask(writer: Writer): void {
  const label = writer.busyLabel();
  const ports = Array.from({ length: writer.draw.between(1, 5) }, () => writer.port(label));
  writer.say(label, "unmask", writer.draw.chance(15) ? [...ports, ports[0]] : ports);
}

/** Sends to every port of a handle and unmasks them all without a read: what fills a ring. */
export function push(writer: Writer, label: string = writer.busyLabel()): void {
  const words = writer.book.of(label).map(({ name }) => `$${name}`);
  if (words.length === 0) return;
  writer.say(label, "notify", words);
  writer.say(label, "unmask", words);
}

function unbind(writer: Writer): void {
  const { book, draw } = writer;
  const label = writer.busyLabel();
  const own = book.of(label);
  if (own.length === 0 || draw.chance(30)) return writer.say(label, "unbind", [writer.strange()]);
  const others = draw.chance(20) ? [...book.all, ...book.stale] : own;
  const end = draw.of(others);
  writer.say(label, "unbind", [`$${end.name}`]);
  book.unbind(label, end);
}

function unbindSeveral(writer: Writer): void {
  const { book, draw } = writer;
  const label = writer.busyLabel();
  const ends = [...new Set(draw.some(book.of(label), 6))];
  if (ends.length > 0) writer.say(label, "unbind", ends.map(({ name }) => `$${name}`));
  for (const end of ends) book.unbind(label, end);
}

function reset(writer: Writer): void {
  writer.say(writer.busyLabel(), "reset", writer.draw.chance(50) ? ["--unmask"] : []);
}

function restrict(writer: Writer): void {
  const { book, draw } = writer;
  const label = draw.chance(80) ? LABELS[2] : writer.label();
  const domain = draw.of(["self", "0", ...NOBODY, ...NOBODY]);
  writer.say(label, "restrict", [domain]);
  if (domain !== "self" && domain !== "0") book.restrict(label);
  if (draw.chance(50)) writer.say(label, "bind-interdomain", [domain, "1"]);
  if (draw.chance(70)) return;
  writer.say(label, "restrict", [draw.of(NOBODY)]);
  book.restrict(label);
}

function close(writer: Writer): void {
  const label = writer.draw.chance(50) ? LABELS[2] : writer.label();
  writer.say(label, "close");
  writer.book.close(label);
}

function open(writer: Writer): void {
  writer.say(writer.label(), "open");
}

const WEIGHTED: readonly (readonly [Action, number])[] = [
  [offer, 5],
  [offerElsewhere, 2],
  [connect, 9],
  [pair, 6],
  [connectWrongly, 4],
  [bindVirq, 6],
  [notify, 20],
  [notifySeveral, 10],
  [read, 10],
  [serve, 9],
  [poll, 6],
  [unmask, 8],
  [push, 6],
  [unbind, 6],
  [unbindSeveral, 2],
  [reset, 4],
  [restrict, 1],
  [close, 1],
  [open, 1],
  [bindStatic, 1],
];

const DRAWN: readonly Action[] = WEIGHTED.flatMap(([action, weight]) => Array.from({ length: weight }, () => action));

/** Does something at random. */
export function act(writer: Writer): void {
  const action = writer.draw.of(DRAWN);
  action(writer);
}
