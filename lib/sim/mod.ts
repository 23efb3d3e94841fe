/**
 * The simulator as `--device sim:...` names it.
 *
 * @example A port allocated by an ioctl of a simulated driver
 * ```ts
 * import { LocalDevice } from "../handle/device.ts";
 * import { simulatedKernel } from "./mod.ts";
 *
 * const kernel = await simulatedKernel("linux", 1); // a process in domain 1
 * const guest = LocalDevice.open(kernel.abi.devicePath, kernel);
 * const port = guest.allocUnbound(0);
 *
 * const dom0 = kernel.as(0);
 * const backend = LocalDevice.open(dom0.abi.devicePath, dom0);
 * backend.notify(backend.bindInterdomain(1, port));
 * if (guest.read()[0] !== port) throw new Error("the event did not come");
 * ```
 *
 * @module
 */

import type { Abi } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { parseU32, U32_MAX } from "../parse.ts";
import type { Domid } from "../types.ts";
import type { Personality } from "./driver.ts";
import { LINUX_PERSONALITY } from "./linux/personality.ts";
import { World, type WorldOptions } from "./world.ts";
import type { Chances } from "./xen/fate.ts";

const PERSONALITIES = {
  linux: () => LINUX_PERSONALITY,
  illumos: async () => (await import("./illumos/personality.ts")).ILLUMOS_PERSONALITY,
} as const satisfies Record<string, () => Personality | Promise<Personality>>;

export interface Simulation
  extends Required<Pick<WorldOptions, "privcmd" | "xenstored" | "delivery" | "xsm" | "sysctl">> {
  readonly personality: keyof typeof PERSONALITIES;
  /** Undefined: the personality's default. */
  readonly ports: WorldOptions["ports"];
  /** Undefined: the default of a {@linkcode World}. */
  readonly conring: WorldOptions["conring"];
  readonly privileged: boolean;
  /** Undefined: every event comes once. */
  readonly chances: Chances | undefined;
  /** The channels that Xen makes at boot, such as `1:9-2:11`. */
  readonly statics: readonly string[];
}

/** The sizes of Xen's console ring, bytes. */
const RINGS: Readonly<Record<string, number>> = { "16k": 2 ** 14, "64k": 2 ** 16, "1m": 2 ** 20, "16m": 2 ** 24 };

/** The values of each setting, the default first; the default of `ports` is the personality's. */
const SETTINGS = {
  ports: ["4096", "131072"],
  privileged: ["yes", "no"],
  privcmd: ["yes", "unrestricted", "no"],
  sysctl: ["yes", "no"],
  conring: Object.keys(RINGS),
  xenstored: ["yes", "no", "dead"],
  delivery: ["now", "late"],
  xsm: ["dummy", "silo"],
} as const;

/** The settings with a number: the largest. They begin at 0, the default. */
const NUMBERS: Readonly<Record<string, number>> = { drop: 1000, duplicate: 1000, seed: U32_MAX };

/** The setting that may be repeated: channels as `DOMAIN:PORT-DOMAIN:PORT`, joined by a comma. */
const STATIC = "static";
const STATIC_VALUE = /^\d+:\d+-\d+:\d+(?:,\d+:\d+-\d+:\d+)*$/;

/** Parses the text after `sim:`: a personality and, after `?`, settings joined by `&`; UsageError if it is invalid. */
export function parseSimulation(spec: string): Simulation {
  const [personality, query = ""] = spec.split(/\?(.*)/s, 2);
  if (!Object.hasOwn(PERSONALITIES, personality)) {
    const known = Object.keys(PERSONALITIES).map((name) => `sim:${name}`).join(", ");
    throw new UsageError(`Cannot simulate "${personality}"`, `the simulated systems are ${known}`);
  }
  const chosen: Record<string, string> = {};
  const statics: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (!isSetting(name, value)) {
      const known = Object.entries(SETTINGS).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
      const numbers = Object.entries(NUMBERS).map(([name, most]) => `${name}=0 to ${name}=${most}`);
      const hint = `the settings are ${[...known, ...numbers, "static=1:9-2:11"].join(", ")}`;
      throw new UsageError(`Cannot simulate with "${name}=${value}"`, hint);
    }
    if (name === STATIC) statics.push(...value.split(","));
    else chosen[name] = value;
  }
  const { ports, privileged, privcmd = "yes", xenstored = "yes", delivery = "now", xsm = "dummy", sysctl = "yes" } =
    chosen;
  const [drop, duplicate, seed] = [chosen.drop, chosen.duplicate, chosen.seed].map((text = "0") => Number(text));
  if (drop + duplicate > 1000) {
    throw new UsageError(
      `Cannot simulate with "drop=${drop}&duplicate=${duplicate}"`,
      "together they are at most 1000",
    );
  }
  return {
    personality: personality as Simulation["personality"],
    ports: ports === undefined ? undefined : Number(ports) as WorldOptions["ports"],
    privileged: privileged !== "no",
    conring: chosen.conring === undefined ? undefined : RINGS[chosen.conring],
    sysctl: sysctl as Simulation["sysctl"],
    privcmd: privcmd as Simulation["privcmd"],
    xenstored: xenstored as Simulation["xenstored"],
    delivery: delivery as Simulation["delivery"],
    xsm: xsm as Simulation["xsm"],
    chances: drop + duplicate > 0 ? { drop, duplicate, seed } : undefined,
    statics,
  };
}

function isSetting(name: string, value: string): boolean {
  if (name === STATIC) return STATIC_VALUE.test(value);
  if (Object.hasOwn(NUMBERS, name)) return (parseU32(value) ?? Infinity) <= NUMBERS[name];
  const values: readonly string[] = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as keyof typeof SETTINGS] : [];
  return values.includes(value);
}

/** Ascending numbers as people write them: `0 to 7, 9`. */
function ranges(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => first === last ? first : `${first} to ${last}`).join(", ");
}

export interface SimulatedKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
  /** A new process of another domain in the same world; UsageError if the domain does not exist. */
  as(domain: Domid): SimulatedKernel;
  readonly world: World;
}

/**
 * A process in one domain of a new world.
 *
 * @param spec The text after `sim:`; UsageError if it is invalid, or the domain does not exist.
 * @param bare Whether to leave out, and not load, all but the event-channel device.
 */
export async function simulatedKernel(
  spec: string,
  domain: Domid,
  clock?: Clock,
  bare = false,
): Promise<SimulatedKernel> {
  const { personality: name, ports, privileged, statics, ...options } = parseSimulation(spec);
  const personality = await PERSONALITIES[name]();
  if (ports !== undefined && !personality.ports.includes(ports)) {
    throw new UsageError(
      `Cannot simulate "${name}" with "ports=${ports}"`,
      `its event channels are 2-level: ports=${personality.ports.join(", ports=")}`,
    );
  }
  const inspection = bare ? undefined : await import("./inspection.ts");
  const world = new World({ ...options, personality, ports, clock }, inspection);
  if (statics.length > 0) (await import("./static_channels.ts")).connectStatic(world.hypervisor, statics);
  const kernelOf = (domain: Domid): SimulatedKernel => {
    if (world.hypervisor.domain(domain)?.dying !== false) {
      throw new UsageError(
        `Cannot act as domain ${domain}`,
        `the simulated domains are ${ranges(world.hypervisor.domids)}`,
      );
    }
    return { syscalls: world.process(domain, privileged), abi: personality.abi, as: kernelOf, world };
  };
  return kernelOf(domain);
}
