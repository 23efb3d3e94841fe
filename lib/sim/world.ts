/**
 * A whole simulated host, made at once.
 *
 * @module
 */

import { World, type WorldOptions } from "./host.ts";
import { INSPECTION } from "./inspection.ts";

/** What Xen, a toolstack and a guest do to a simulated host, from outside its processes. */
export type SimulatedWorld = Pick<
  World,
  "raise" | "createDomain" | "destroyDomain" | "createDevice" | "writeStore" | "removeStore"
>;

export type { World, WorldOptions } from "./host.ts";

/** Makes a host with domains 0 to 7, and all that can be inspected of it. */
export function createWorld(options: WorldOptions = {}): World {
  return new World(options, INSPECTION);
}
