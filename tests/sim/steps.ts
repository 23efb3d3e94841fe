/**
 * Random things to do to handles, each to the simulator and to its model.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { World } from "../../lib/sim/world.ts";
import { ALL_EVENTS, type Device, device } from "./harness.ts";
import type { Model } from "./model.ts";

/** Two handles of domain 1, one of domain 2. */
export const DOMIDS: readonly number[] = [1, 1, 2];
/** The first port that users get in either. */
export const FIRST_PORT = 9;

/** What one step does to a device and to its model; both say what came of it. */
type Step = readonly [name: string, (devices: Device[]) => unknown, (model: Model) => unknown];

const handle = fc.nat(DOMIDS.length - 1);
const domid = fc.integer({ min: 1, max: 2 });
const bound = fc.integer({ min: FIRST_PORT, max: FIRST_PORT + 6 });
const port = fc.oneof({ arbitrary: bound, weight: 20 }, {
  arbitrary: fc.constantFrom(0, 4095, 4096, 2 ** 32 - 1),
  weight: 1,
});
const ports = fc.array(port, { maxLength: 10 });

const alloc = fc.tuple(handle, domid).map(([h, d]): Step => [
  `alloc @${h} ${d}`,
  (devices) => devices[h].allocUnbound(d),
  (model) => model.allocUnbound(h, d),
]);
const bind = fc.tuple(handle, domid, bound).map(([h, d, p]): Step => [
  `bind @${h} ${d}:${p}`,
  (devices) => devices[h].bindInterdomain(d, p),
  (model) => model.bindInterdomain(h, d, p),
]);
const unbind = fc.tuple(handle, port).map(([h, p]): Step => [
  `unbind @${h} ${p}`,
  (devices) => devices[h].unbind(p),
  (model) => model.unbind(h, p),
]);
const notify = fc.tuple(handle, port).map(([h, p]): Step => [
  `notify @${h} ${p}`,
  (devices) => devices[h].notify(p),
  (model) => model.notify(h, p),
]);
const write = fc.tuple(handle, ports).map(([h, list]): Step => [
  `write @${h} ${list}`,
  (devices) => devices[h].write(...list),
  (model) => model.write(h, list),
]);
const read = fc.tuple(handle, fc.nat(70)).map(([h, count]): Step => [
  `read @${h} ${count}`,
  (devices) => devices[h].read(count),
  (model) => model.read(h, count),
]);
const reset = handle.map((h): Step => [`reset @${h}`, (devices) => devices[h].reset(), (model) => model.reset(h)]);
const restrict = fc.tuple(handle, fc.nat(2)).map(([h, d]): Step => [
  `restrict @${h} ${d}`,
  (devices) => devices[h].restrict(d),
  (model) => model.restrict(h, d),
]);

/** Notifies from one handle and unmasks in all, again and again without a read: what overflows a ring. */
const flood = (ring: number) =>
  fc.tuple(handle, fc.integer({ min: FIRST_PORT, max: FIRST_PORT + 3 }), fc.nat(2 * ring)).map((
    [h, p, times],
  ): Step => [
    `flood @${h} ${p} x${times}`,
    (devices) => {
      for (let i = 0; i < times; i++) {
        devices[h].notify(p);
        devices.forEach((each) => each.write(9, 10, 11, 12));
      }
    },
    (model) => {
      for (let i = 0; i < times; i++) {
        model.notify(h, p);
        DOMIDS.forEach((_, each) => model.write(each, [9, 10, 11, 12]));
      }
    },
  ]);

/** Many ports at once: what makes a ring grow. */
const allocMany = fc.tuple(handle, fc.nat(70)).map(([h, count]): Step => [
  `alloc @${h} x${count}`,
  (devices) => Array.from({ length: count }, () => devices[h].allocUnbound(1)),
  (model) => Array.from({ length: count }, () => model.allocUnbound(h, 1)),
]);

/** What begins each sequence, so that floods find channels: one within domain 1, one from it to domain 2. */
const CHANNELS: readonly Step[] = [[0, 1, 1], [0, 2, 2]].map(([h, remote, binder], i): Step => {
  const port = FIRST_PORT + 2 * i;
  return [
    `a channel from @${h} to @${binder}`,
    (devices) => [devices[h].allocUnbound(remote), devices[binder].bindInterdomain(1, port)],
    (model) => [model.allocUnbound(h, remote), model.bindInterdomain(binder, 1, port)],
  ];
});

/** @param ring About how many entries the ring under test holds. */
const step = (ring: number) =>
  fc.oneof(
    { arbitrary: alloc, weight: 4 },
    { arbitrary: bind, weight: 6 },
    { arbitrary: unbind, weight: 2 },
    { arbitrary: notify, weight: 6 },
    { arbitrary: write, weight: 4 },
    { arbitrary: read, weight: 4 },
    { arbitrary: reset, weight: 1 },
    { arbitrary: flood(ring), weight: 2 },
    { arbitrary: allocMany, weight: 1 },
    { arbitrary: restrict, weight: 1 },
  );

/**
 * Checks that handles answer as their model does, and poll(2) after every step.
 *
 * @param ring About how many entries the ring under test holds.
 * @param runs How many sequences of steps.
 */
export function answersAsModelled(newWorld: () => World, newModel: () => Model, ring: number, runs: number): void {
  fc.assert(
    fc.property(fc.array(step(ring), { maxLength: 60, size: "max" }), (steps) => {
      const world = newWorld();
      const devices = DOMIDS.map((domid) => device(domid, world));
      const model = newModel();
      for (const [name, real, modelled] of [...CHANNELS, ...steps]) {
        assertEquals(real(devices), modelled(model), name);
        devices.forEach((each, h) => {
          for (const events of [ALL_EVENTS, 0]) {
            assertEquals(each.poll(events), model.poll(h, events), `poll @${h} ${events} after ${name}`);
          }
        });
      }
    }),
    { numRuns: runs },
  );
}
