/**
 * What a simulated host has for those who look beyond one handle: privcmd's devices, xenbus' device, and a xenstore.
 *
 * @module
 */

import { encodeText } from "../xenstore/wire.ts";
import type { Inspection } from "./host.ts";
import { HypercallDriver, PrivcmdDriver } from "./linux/privcmd.ts";
import { SimulatedStore } from "./xenstore/store.ts";
import { canonical } from "./xenstore/path.ts";
import { removeGuest, writeGuest, writeHost } from "./toolstack/toolstack.ts";
import { XenbusDriver } from "./linux/xenbus.ts";

/** All of it. */
export const INSPECTION: Inspection = {
  privcmd: (...kernel) => [new PrivcmdDriver(...kernel), new HypercallDriver()],
  xenbus: (store, domid, dead) => new XenbusDriver(store, domid, dead),
  openStore() {
    const store = new SimulatedStore();
    writeHost(store);
    return store;
  },
  guestCame: writeGuest,
  guestGone: removeGuest,
  write: (store, domid, path, value) => store.write(0, canonical(domid, path), encodeText(value)) ?? 0,
  remove: (store, domid, path) => store.remove(0, canonical(domid, path)) ?? 0,
};
