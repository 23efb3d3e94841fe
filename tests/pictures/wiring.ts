/**
 * Draws the wiring that the README shows: two guests of a simulated host, one with a driver domain for its disk, and
 * one fault. Run as a program it writes the picture.
 *
 * @module
 */

import type { DeviceRequest } from "../../lib/sim/toolstack/devices.ts";
import { TestHost } from "../support/test_host.ts";

/** Where the picture is. */
export const WIRING_PICTURE = new URL("../../docs/wiring.svg", import.meta.url);

const DEVICES: readonly DeviceRequest[] = [
  { kind: "vif", domain: 1, backend: 0 },
  { kind: "vbd", domain: 1, backend: 3 },
  { kind: "vif", domain: 2, backend: 0, fault: "unbound" },
];

const NAMES: readonly (readonly [domain: number, name: string])[] = [[1, "web"], [2, "mail"], [3, "disks"]];

/** The picture. */
export async function drawWiring(): Promise<string> {
  const host = new TestHost();
  for (const [domain, name] of NAMES) host.world.writeStore(domain, "name", name);
  for (const device of DEVICES) await host.world.createDevice(device);
  const { status, stdout, stderr } = await host.run("--simulator wiring 1 2 --format svg");
  if (status !== 3 || stderr !== "") throw new Error(`the wiring ended with ${status}: ${stderr}`);
  return stdout;
}

if (import.meta.main) await Deno.writeTextFile(WIRING_PICTURE, await drawWiring());
