/** Random commands on handles and domains, run on the simulator and on its model. @module */

import fc from "fast-check";
import { ALL_EVENTS } from "../support/simulated.ts";
import { PLACES, type SideBySide } from "./side_by_side.ts";

/** A command with its arguments. */
export interface Command {
  readonly name: string;
  run(both: SideBySide): void;
}

type Weighted = fc.WeightedArbitrary<Command>;

const WEIRD = [0, 1, 4095, 4096, 2 ** 31, 2 ** 32 - 1];
const SELF = 0x7FF0;

/** The places whose process is root. */
const root = fc.nat(PLACES.length - 2);
const place = fc.oneof({ arbitrary: root, weight: 12 }, { arbitrary: fc.constant(PLACES.length - 1), weight: 1 });
/** Which of a handle's ports; sometimes a port that it does not have. */
const pick = fc.nat(0xFFF);
const domid = fc.oneof(
  { arbitrary: fc.nat(2), weight: 12 },
  { arbitrary: fc.constantFrom(3, SELF, 1234, 65536 + 1, 0x7FEF, 0xFFFF), weight: 1 },
);
const virq = fc.oneof(
  { arbitrary: fc.constantFrom(3, 4, 6, 7, 11, 13), weight: 12 },
  { arbitrary: fc.nat(25), weight: 2 },
  { arbitrary: fc.constant(2 ** 32 - 1), weight: 1 },
);

/** The port for a pick: the handle's, another handle's, or one that no handle has. */
function portFor(both: SideBySide, h: number, pick: number): number {
  const kind = pick & 31;
  if (kind === 30) return both.portOf((h + 1) % PLACES.length, pick >> 5)?.port ?? 9;
  if (kind === 31) return WEIRD[(pick >> 5) % WEIRD.length];
  return both.portOf(h, pick >> 5)?.port ?? 9 + (pick >> 5) % 30;
}

/** @param weight How often it is drawn, relative to the others, in steps of 0.001. */
function command<T extends unknown[]>(
  weight: number,
  name: string,
  run: (both: SideBySide, ...values: T) => void,
  ...arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }
): Weighted {
  const values = fc.tuple(...arbitraries as fc.Arbitrary<unknown>[]) as unknown as fc.Arbitrary<T>;
  return {
    weight: Math.round(weight * 1000),
    arbitrary: values.map((values) => ({ name, run: (both) => run(both, ...values) })),
  };
}

function alloc(both: SideBySide, h: number, remote: number): void {
  both.bind(h, "BIND_UNBOUND_PORT", [remote], (model) => model.allocUnbound(h, remote));
}

function bindInterdomain(both: SideBySide, h: number, remote: number, port: number): void {
  both.bind(h, "BIND_INTERDOMAIN", [remote, port], (model) => model.bindInterdomain(h, remote, port));
}

/** Makes channels between two handles, until a port cannot be allocated. */
function channels(both: SideBySide, from: number, to: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const had = both.bound.length;
    alloc(both, from, PLACES[to].domid);
    if (both.bound.length === had) return;
    bindInterdomain(both, to, PLACES[from].domid, both.bound[had].port);
  }
}

/** Notifies and unmasks one port repeatedly without a read, which overflows a ring. */
function flood(both: SideBySide, h: number, pick: number, times: number): void {
  const connected = both.model.handles[h]?.ports.filter(({ peer }) => peer?.owner !== undefined) ?? [];
  if (connected.length === 0) return;
  const mine = connected[pick % connected.length];
  const peer = mine.peer!;
  const hearer = both.model.handles.indexOf(peer.owner);
  for (let i = 0; i < times; i++) {
    both.notify(h, mine.port);
    both.write(hearer, [peer.port]);
  }
}

/** Calls `what` with all ports of a handle, 1024 at a time. */
function onAll(both: SideBySide, h: number, what: (ports: number[]) => void): void {
  const ports = both.model.handles[h]?.ports.map(({ port }) => port) ?? [];
  for (let start = 0; start < ports.length; start += 1024) what(ports.slice(start, start + 1024));
}

/** How often a flood notifies: a few times, or a few times more than the ring has slots. */
const floods = (ring: number) =>
  fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.nat(3), weight: ring > 64 ? 12 : 3 },
    { arbitrary: fc.integer({ min: ring, max: ring + 6 }), weight: 1 },
  );

/**
 * A command.
 *
 * @param linux Whether rings grow from 64; if not, a page is what it takes.
 */
export function anyCommand(linux: boolean): fc.Arbitrary<Command> {
  const ring = linux ? 64 : 1024;
  return fc.oneof(
    command(6, "alloc", alloc, place, domid),
    command(
      6,
      "bind",
      (both, h: number, remote: number, offerer: number, pick: number) =>
        bindInterdomain(both, h, remote, portFor(both, offerer, pick)),
      place,
      domid,
      place,
      pick,
    ),
    command(9, "channel", (both, from: number, to: number) => channels(both, from, to, 1), root, root),
    command(
      2,
      "rebind",
      (both, h: number, to: number, pick: number) => {
        const port = both.portOf(h, pick);
        if (port !== undefined) bindInterdomain(both, to, port.domid, port.port);
      },
      root,
      root,
      pick,
    ),
    command(
      4,
      "virq",
      (both, h: number, virq: number) => both.bind(h, "BIND_VIRQ", [virq], (model) => model.bindVirq(h, virq)),
      place,
      virq,
    ),
    command(5, "unbind", (both, h: number, pick: number) => both.unbind(h, portFor(both, h, pick)), place, pick),
    command(24, "notify", (both, h: number, pick: number) => both.notify(h, portFor(both, h, pick)), place, pick),
    command(
      2,
      "notify all",
      (both, h: number) => onAll(both, h, (ports) => ports.forEach((port) => both.notify(h, port))),
      root,
    ),
    command(6, "raise", (both, virq: number, domid: number) => both.raise(virq, domid), virq, fc.nat(3)),
    command(
      14,
      "unmask",
      (both, h: number, picks: number[]) => both.write(h, picks.map((pick) => portFor(both, h, pick))),
      place,
      fc.array(pick, { maxLength: 6 }),
    ),
    command(3, "unmask all", (both, h: number) => onAll(both, h, (ports) => both.write(h, ports)), root),
    command(
      12,
      "read",
      (both, h: number, count: number) => both.read(h, count),
      place,
      fc.oneof(fc.nat(3), fc.nat(70), fc.constant(1024)),
    ),
    command(4, "flood", flood, root, pick, floods(ring)),
    command(1, "reset", (both, h: number) => both.reset(h), place),
    command(
      1,
      "restrict",
      (both, h: number, domid: number) => both.restrict(h, domid),
      place,
      fc.constantFrom(0, 1, 2, 1, 2, 5, 0x7FEF, 0x7FF0),
    ),
    command(2, "close", (both, h: number) => both.close(h), place),
    command(12, "open", (both, h: number) => both.open(h), place),
    ...rare(linux),
  );
}

/** Commands that take long. */
function rare(linux: boolean): Weighted[] {
  const some = { arbitrary: fc.integer({ min: 60, max: 70 }), weight: 8 };
  const many = { arbitrary: fc.integer({ min: linux ? 250 : 1000, max: linux ? 530 : 1100 }), weight: 1 };
  return [
    command(1, "poll one bit", (both, bit: number) => both.poll(1 << bit), fc.nat(9)),
    command(0.15, "channels", channels, root, root, fc.oneof({ withCrossShrink: true }, some, many)),
    command(0.1, "destroy", (both, domid: number) => both.destroy(domid), fc.nat(3)),
    command(0.3, "create", (both, domid: number) => both.create(domid), fc.integer({ min: 1, max: 3 })),
    command(0.05, "crowd", (both, h: number, count: number) => both.crowd(h, count), root, fc.constantFrom(1, 40, 255)),
    command(0.05, "disperse", (both, h: number) => both.disperse(h), root),
    command(0.004, "fill", (both, h: number) => {
      for (let i = 0; i < 4096; i++) alloc(both, h, 0);
    }, root),
  ];
}

/** Polls that follow every command. */
export function pollAll(both: SideBySide): void {
  both.poll(ALL_EVENTS);
  both.poll(0);
}
