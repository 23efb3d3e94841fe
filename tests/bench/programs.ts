import { RigError } from "../xen/rig/error.ts";
import { attempt, root } from "../xen/rig/host.ts";

const folder = `${root}/tests/bench/c`;
const names = ["libxenevtchn", "rawbatch", "watchrate"];

/** Compiles the C programs of the benchmark into `target`; gives name and path of each. */
export async function compile(target: string): Promise<Record<string, string>> {
  const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static"];
  const libraries = ["-lxenevtchn", "-lxentoolcore", "-lxentoollog"];
  const built: Record<string, string> = {};
  for (const name of names) {
    built[name] = `${target}/${name}`;
    const { success, stderr } = await attempt("gcc", [
      ...flags,
      "-o",
      built[name],
      `${folder}/${name}.c`,
      ...libraries,
    ]);
    if (!success) throw new RigError(`gcc does not compile ${name}.c:\n${stderr}`);
  }
  return built;
}
