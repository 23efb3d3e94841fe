import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { createWorld } from "../../lib/sim/world.ts";
import { type Device, device, test } from "./harness.ts";
import { Model } from "./model.ts";

/** Two handles of domain 1, one of domain 2. */
const DOMIDS = [1, 1, 2];
const FIRST_PORT = 9;

/** What one step does to a device and to its model; both say what came of it. */
type Step = readonly [name: string, (devices: Device[]) => unknown, (model: Model) => unknown];

const handle = fc.nat(DOMIDS.length - 1);
const domid = fc.integer({ min: 1, max: 2 });
const port = fc.integer({ min: FIRST_PORT, max: FIRST_PORT + 6 });
const ports = fc.array(port, { maxLength: 10 });

const alloc = fc.tuple(handle, domid).map(([h, d]): Step => [
  `alloc @${h} ${d}`,
  (devices) => devices[h].allocUnbound(d),
  (model) => model.allocUnbound(h, d),
]);
const bind = fc.tuple(handle, domid, port).map(([h, d, p]): Step => [
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
const flood = fc.tuple(handle, port, fc.nat(70)).map(([h, p, times]): Step => [
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

const step = fc.oneof(
  { arbitrary: alloc, weight: 4 },
  { arbitrary: bind, weight: 6 },
  { arbitrary: unbind, weight: 2 },
  { arbitrary: notify, weight: 6 },
  { arbitrary: write, weight: 4 },
  { arbitrary: read, weight: 4 },
  { arbitrary: reset, weight: 1 },
  { arbitrary: flood, weight: 2 },
  { arbitrary: allocMany, weight: 1 },
  { arbitrary: restrict, weight: 1 },
);

test("whatever is done to handles, they answer as the model does", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const world = createWorld();
      const devices = DOMIDS.map((domid) => device(domid, world));
      const model = new Model(DOMIDS, FIRST_PORT);
      for (const [name, real, modelled] of steps) {
        assertEquals(real(devices), modelled(model), name);
        devices.forEach((each, h) => assertEquals(each.poll(), model.poll(h), `poll @${h} after ${name}`));
      }
    }),
    { numRuns: 300 },
  );
});
