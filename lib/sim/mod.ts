/**
 * The simulator as `--device sim:...` names it.
 *
 * @module
 */

import { type Abi, LINUX } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { UsageError } from "../errors.ts";
import type { Domid } from "../types.ts";
import { createWorld, type Personality, type WorldOptions } from "./world.ts";

/** A world, and whether its processes are root. */
export interface Simulation {
  readonly world: WorldOptions;
  readonly privileged: boolean;
}

/** The ABI of each personality's device. */
const ABIS: Readonly<Record<Personality, Abi>> = { linux: LINUX };

/**
 * Reads what stands after `sim:`.
 *
 * @param spec A personality and, after `?`, settings joined by `&`: `ports=4096` (2-level, the default) or
 * `ports=131072` (FIFO); `privileged=no`.
 * @throws {UsageError} If it names none of these.
 */
export function parseSimulation(spec: string): Simulation {
  const [personality, query = ""] = spec.split(/\?(.*)/s, 2);
  if (!Object.hasOwn(ABIS, personality)) {
    const known = Object.keys(ABIS).map((name) => `sim:${name}`).join(", ");
    throw new UsageError(`Cannot simulate "${personality}"`, `the simulated systems are ${known}`);
  }
  let ports: WorldOptions["ports"];
  let privileged = true;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === "ports" && (value === "4096" || value === "131072")) ports = value === "4096" ? 4096 : 131072;
    else if (name === "privileged" && (value === "yes" || value === "no")) privileged = value === "yes";
    else {
      throw new UsageError(
        `Cannot simulate with "${name}=${value}"`,
        "the settings are ports=4096, ports=131072, privileged=yes, privileged=no",
      );
    }
  }
  return { world: { personality: personality as Personality, ports }, privileged };
}

/**
 * A new world, seen from a process in one of its domains.
 *
 * @param spec What stands after `sim:`.
 * @param domain Whose process.
 * @throws {UsageError} If the spec is none, or there is no such domain.
 */
export function simulatedKernel(spec: string, domain: Domid): { syscalls: Syscalls; abi: Abi } {
  const { world: options, privileged } = parseSimulation(spec);
  const world = createWorld(options);
  if (world.hypervisor.domain(domain) === undefined) {
    throw new UsageError(`Cannot act as domain ${domain}`, "the simulated domains are 0 to 7");
  }
  return { syscalls: world.process(domain, privileged), abi: ABIS[world.personality] };
}
