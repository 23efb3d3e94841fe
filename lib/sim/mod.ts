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
import { LINUX_PERSONALITY } from "./linux/personality.ts";
import { World, type WorldOptions } from "./host.ts";

/** Made here: Deno reads what a literal import names before the program starts, used or not. */
const LAZY = {
  illumos: import.meta.resolve("./illumos/personality.ts"),
  inspection: import.meta.resolve("./inspection.ts"),
};

/** The systems by name. What is not Linux is loaded only when it is asked for. */
const PERSONALITIES = {
  linux: () => LINUX_PERSONALITY,
  illumos: async () => {
    const { ILLUMOS_PERSONALITY }: typeof import("./illumos/personality.ts") = await import(LAZY.illumos);
    return ILLUMOS_PERSONALITY;
  },
} as const satisfies Record<string, () => Personality | Promise<Personality>>;

/** What stands after `sim:`, read. */
export interface Simulation {
  /** The domains' system. */
  readonly personality: keyof typeof PERSONALITIES;
  /** How many ports a domain has; undefined for the usual number. */
  readonly ports: WorldOptions["ports"];
  /** Whether processes are root. */
  readonly privileged: boolean;
  /** Whether there are privcmd's devices, and whether guests make hypercalls with them. */
  readonly privcmd: "yes" | "unrestricted" | "no";
  /** Whether there is xenbus' device, and a xenstored that answers. */
  readonly xenstored: "yes" | "no" | "dead";
}

/** The values of each setting; the first one holds where none is given, but for `ports`, where the system says. */
const SETTINGS = {
  ports: ["4096", "131072"],
  privileged: ["yes", "no"],
  privcmd: ["yes", "unrestricted", "no"],
  xenstored: ["yes", "no", "dead"],
} as const;

/**
 * Reads what stands after `sim:`.
 *
 * @param spec A personality and, after `?`, settings joined by `&`: `ports=4096` (2-level, the default) or
 * `ports=131072` (FIFO); `privileged=no`; `privcmd=no`, without its devices, or `privcmd=unrestricted`, where guests
 * make hypercalls too; `xenstored=no`, without xenbus' device, or `xenstored=dead`, where nobody answers.
 * @throws {UsageError} If it names none of these.
 */
export function parseSimulation(spec: string): Simulation {
  const [personality, query = ""] = spec.split(/\?(.*)/s, 2);
  if (!Object.hasOwn(PERSONALITIES, personality)) {
    const known = Object.keys(PERSONALITIES).map((name) => `sim:${name}`).join(", ");
    throw new UsageError(`Cannot simulate "${personality}"`, `the simulated systems are ${known}`);
  }
  const chosen: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const values: readonly string[] = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as keyof typeof SETTINGS] : [];
    if (!values.includes(value)) {
      const known = Object.entries(SETTINGS).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
      throw new UsageError(`Cannot simulate with "${name}=${value}"`, `the settings are ${known.join(", ")}`);
    }
    chosen[name] = value;
  }
  const { ports, privileged, privcmd = "yes", xenstored = "yes" } = chosen;
  return {
    personality: personality as Simulation["personality"],
    ports: ports === undefined ? undefined : Number(ports) as WorldOptions["ports"],
    privileged: privileged !== "no",
    privcmd: privcmd as Simulation["privcmd"],
    xenstored: xenstored as Simulation["xenstored"],
  };
}

/**
 * What a world of a simulation is made with.
 *
 * @throws {UsageError} If its system cannot have so many ports.
 */
export async function worldOptions(simulation: Simulation): Promise<WorldOptions> {
  const { personality: name, ports, privcmd, xenstored } = simulation;
  const personality = await PERSONALITIES[name]();
  if (ports !== undefined && !personality.ports.includes(ports)) {
    throw new UsageError(
      `Cannot simulate "${name}" with "ports=${ports}"`,
      `its event channels are 2-level: ports=${personality.ports.join(", ports=")}`,
    );
  }
  return { personality, ports, privcmd, xenstored };
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
 * @param bare Whether nobody will look beyond one handle: then there is nothing to look with, and nothing of it loaded.
 * @throws {UsageError} If the spec is none, or there is no such domain.
 */
export async function simulatedKernel(
  spec: string,
  domain: Domid,
  clock?: Clock,
  bare = false,
): Promise<SimulatedKernel> {
  const simulation = parseSimulation(spec);
  const options = { ...await worldOptions(simulation), clock };
  const all: typeof import("./inspection.ts") | undefined = bare ? undefined : await import(LAZY.inspection);
  const world = new World(options, all?.INSPECTION);
  const kernelOf = (domain: Domid): SimulatedKernel => {
    if (world.hypervisor.domain(domain) === undefined) {
      throw new UsageError(`Cannot act as domain ${domain}`, "the simulated domains are 0 to 7");
    }
    return { syscalls: world.process(domain, simulation.privileged), abi: world.personality.abi, as: kernelOf, world };
  };
  return kernelOf(domain);
}
