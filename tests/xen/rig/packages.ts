import { RigError } from "./error.ts";
import { attempt, run } from "./host.ts";
import { step } from "./progress.ts";

/** The release of Xen that the rig boots; its packages carry the number in their names. */
export const xenRelease = "4.17";

/** The Debian packages that the rig takes its parts from, or runs. */
export const packages: readonly string[] = [
  "qemu-system-x86",
  `xen-hypervisor-${xenRelease}-amd64`,
  `xen-utils-${xenRelease}`,
  "xenstore-utils",
  "busybox-static",
  "libxen-dev",
  "xz-utils",
  "gcc",
  "libc6-dev",
];

/** The installed version of each package of the rig, for those that are installed. */
export async function installed(): Promise<Map<string, string>> {
  const format = "${Package}\t${db:Status-Status}\t${Version}\n";
  const { stdout } = await attempt("dpkg-query", ["-W", "-f", format, ...packages]);
  const rows = stdout.split("\n").map((line) => line.split("\t"));
  return new Map(rows.filter(([, status]) => status === "installed").map((row) => [row[0], row[2]]));
}

/**
 * Sees to it that every package is there, and gives their versions. Root
 * installs what is missing; anybody else is told what to run.
 */
export async function ensurePackages(): Promise<Map<string, string>> {
  const before = await installed();
  const missing = packages.filter((name) => !before.has(name));
  if (missing.length === 0) return before;
  const line = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (Deno.uid() !== 0) {
    throw new RigError(
      `The Xen rig needs Debian packages that are not installed. As root, run:\n  ${line}`,
    );
  }
  await step(`Installing ${missing.join(" ")}`, () => install(missing));
  return await installed();
}

async function install(names: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update"], { env });
  await run("apt-get", ["install", "-y", "--no-install-recommends", ...names], { env });
}
