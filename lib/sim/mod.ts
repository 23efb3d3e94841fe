/**
 * The simulator as `--device sim:...` names it.
 *
 * @module
 */

import type { Abi } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { Domid } from "../types.ts";
import type { Personality } from "./driver.ts";
import { LINUX_PERSONALITY } from "./linux.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** The systems by name. What is not Linux is loaded only when it is asked for. */
const PERSONALITIES = {
  linux: () => LINUX_PERSONALITY,
  illumos: async () => (await import("./illumos.ts")).ILLUMOS_PERSONALITY,
} as const satisfies Record<string, () => Personality | Promise<Personality>>;

/** What stands after `sim:`, read. */
export interface Simulation {
  /** The domains' system. */
  readonly personality: keyof typeof PERSONALITIES;
  /** How many ports a domain has; undefined for the usual number. */
  readonly ports: WorldOptions["ports"];
  /** Whether processes are root. */
  readonly privileged: boolean;
}

/**
 * Reads what stands after `sim:`.
 *
 * @param spec A personality and, after `?`, settings joined by `&`: `ports=4096` (2-level, the default) or
 * `ports=131072` (FIFO); `privileged=no`.
 * @throws {UsageError} If it names none of these.
 */
export function parseSimulation(spec: string): Simulation {
  const [personality, query = ""] = spec.split(/\?(.*)/s, 2);
  if (!Object.hasOwn(PERSONALITIES, personality)) {
    const known = Object.keys(PERSONALITIES).map((name) => `sim:${name}`).join(", ");
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
  return { personality: personality as Simulation["personality"], ports, privileged };
}

/**
 * What a world of a simulation is made with.
 *
 * @throws {UsageError} If its system cannot have so many ports.
 */
export async function worldOptions({ personality: name, ports }: Simulation): Promise<WorldOptions> {
  const personality = await PERSONALITIES[name]();
  if (ports !== undefined && !personality.ports.includes(ports)) {
    throw new UsageError(
      `Cannot simulate "${name}" with "ports=${ports}"`,
      `its event channels are 2-level: ports=${personality.ports.join(", ports=")}`,
    );
  }
  return { personality, ports };
}

/** A simulated process's system calls and its driver's ABI. */
export interface SimulatedKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
  /**
   * The same of another process in the same world.
   *
   * @throws {UsageError} If there is no such domain.
   */
  as(domain: Domid): SimulatedKernel;
  /** The world. */
  readonly world: World;
}

/**
 * A new world, seen from a process in one of its domains.
 *
 * @param spec What stands after `sim:`.
 * @param domain Whose process.
 * @param clock Whose time waits take; this machine's by default.
 * @throws {UsageError} If the spec is none, or there is no such domain.
 */
export async function simulatedKernel(spec: string, domain: Domid, clock?: Clock): Promise<SimulatedKernel> {
  const simulation = parseSimulation(spec);
  const world = createWorld({ ...await worldOptions(simulation), clock });
  const kernelOf = (domain: Domid): SimulatedKernel => {
    if (world.hypervisor.domain(domain) === undefined) {
      throw new UsageError(`Cannot act as domain ${domain}`, "the simulated domains are 0 to 7");
    }
    return { syscalls: world.process(domain, simulation.privileged), abi: world.personality.abi, as: kernelOf, world };
  };
  return kernelOf(domain);
}
