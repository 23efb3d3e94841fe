import { RigError } from "./error.ts";
import { attempt } from "./host.ts";

/** The shared libraries, the loader among them, that these programs need on this host. */
export async function librariesOf(programs: string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const program of programs) {
    const { success, stdout, stderr } = await attempt("ldd", [program]);
    if (!success && /not a dynamic executable/.test(stdout + stderr)) continue;
    if (!success || stdout.includes("not found")) {
      throw new RigError(`ldd ${program} does not find every library:\n${stdout}${stderr}`);
    }
    for (const [path] of stdout.matchAll(/(?<=\s)\/\S+/g)) found.add(path);
  }
  return [...found].sort();
}
