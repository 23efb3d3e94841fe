/**
 * Scripts at random, by seed and number.
 *
 * @module
 */

import { act, push } from "./actions.ts";
import { type End, LABELS } from "./book.ts";
import { Draw } from "./draw.ts";
import type { Line } from "./line.ts";
import { type Ground, Writer } from "./writer.ts";

/** Slots of a ring that has been given its first ones. */
const FIRST_RING = 64;

/** A ring with as many bound ports is full grown for us: it has grown from 64 to 1024 slots, in five steps. */
const GROWN = 513;

/** So many events do not fit in one read: a page is 1024 ports. */
const MORE_THAN_A_PAGE = 1025;

/** Every so many scripts, the first of a seed included, one has hundreds of ports. */
const GROWING_EVERY = 24;

/** Anything at any time. */
function mixed(writer: Writer): void {
  for (let left = writer.draw.between(15, 70); left > 0; left--) act(writer);
}

/** A few channels, served not at all until a ring of 64 slots overflows; then anything. */
function overflowing(writer: Writer): void {
  const { draw, book } = writer;
  const label = draw.of(LABELS);
  for (let pairs = draw.between(3, 20); pairs > 0; pairs--) {
    const end = writer.offer(label);
    if (end !== undefined) writer.connect(draw.chance(80) ? label : writer.label(), end);
  }
  if (draw.chance(30)) churn(writer, label);
  for (let left = FIRST_RING + 8; left > 0; left -= Math.max(1, book.of(label).length)) {
    if (draw.chance(10)) act(writer);
    push(writer, label);
  }
  for (const verb of draw.of([["poll", "read"], ["read", "poll"], ["poll", "reset"], ["read"]])) {
    writer.say(label, verb);
  }
  for (let left = draw.between(5, 25); left > 0; left--) act(writer);
}

/**
 * Ports that come and go: a ring grows by the ports that are bound at a time, not by all that ever were
 * (drivers/xen/evtchn.c:317), and keeps its size when they are gone.
 */
function churn(writer: Writer, label: string): void {
  const { draw, book } = writer;
  const most = draw.of([20, 20, 80]);
  for (let rounds = draw.between(1, 3); rounds > 0; rounds--) {
    const ends = Array.from({ length: draw.between(most / 2, most) }, () => writer.offer(label));
    const bound = ends.filter((end) => end !== undefined);
    if (bound.length === 0) return;
    writer.say(label, "unbind", bound.map(({ name }) => `$${name}`));
    for (const end of bound) book.unbind(label, end);
  }
}

/** Hundreds of ports on one handle, events in its ring at every step of its growth; then perhaps an overflow. */
function growing(writer: Writer): void {
  const { draw, book } = writer;
  const label = draw.of(LABELS);
  const wanted = (draw.chance(20) ? MORE_THAN_A_PAGE : GROWN) + draw.between(0, 60);
  const sendersToo = draw.chance(70);
  while (book.of(label).length < wanted) {
    if (book.isRestricted(label)) writer.say(label, "close"), book.close(label);
    const before = book.of(label).length;
    for (let binds = draw.between(5, 60); binds > 0 && book.of(label).length < wanted; binds--) {
      bindOne(writer, label, sendersToo);
    }
    stir(writer, label, book.of(label).slice(before));
  }
  for (let rounds = draw.of([0, 2, 3, 3]); rounds > 0; rounds--) push(writer, label);
  for (const verb of ["poll", "read", "read", "poll"]) writer.say(label, verb);
  for (let left = draw.between(10, 120); left > 0; left--) act(writer);
}

/** One more port for the handle: an offer, or the other end of one. */
function bindOne(writer: Writer, label: string, sendersToo: boolean): void {
  const offers: End[] = writer.book.all.filter(({ offered }) => offered);
  if (offers.length > 0 && writer.draw.chance(50)) {
    writer.connect(sendersToo ? label : writer.draw.of(LABELS), offers[offers.length - 1]);
  } else writer.offer(label);
}

/** Moves the ring on: what stands in it when it grows lies across its end sooner or later. */
function stir(writer: Writer, label: string, ends: readonly End[]): void {
  const { draw } = writer;
  if (ends.length > 0) writer.say(label, "notify", draw.some(ends, 60).map(({ name }) => `$${name}`));
  for (let left = draw.between(0, 3); left > 0; left--) {
    const name = writer.book.name("r");
    writer.say(label, "read", [`${4 * draw.between(1, 60)}`], name);
    writer.say(label, "unmask", [`$${name}`]);
  }
  if (draw.chance(30)) act(writer);
}

/**
 * The script of that number among those of a seed.
 *
 * @param ground What it may build on; another ground gives another script.
 */
export function generate(seed: number, index: number, ground: Ground): Line[] {
  const draw = new Draw(seed, index);
  const writer = new Writer(draw, ground);
  const make = index % GROWING_EVERY === 0 ? growing : draw.chance(27) ? overflowing : mixed;
  make(writer);
  return writer.lines;
}
