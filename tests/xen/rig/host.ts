import { RigError } from "./error.ts";

/** The folder of the repository, which becomes /evtchn inside the rig. */
export const root: string = new URL("../../../", import.meta.url).pathname.replace(/\/$/, "");

/** Runs a program of the host and gives its standard output; a failure shows what it said. */
export async function run(
  program: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const result = await attempt(program, args, options);
  if (result.success) return result.stdout;
  throw new RigError(`${[program, ...args].join(" ")} failed:\n${result.stderr.trim()}`);
}

/** As `run`, but a failure is an answer as well. */
export async function attempt(
  program: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const command = new Deno.Command(program, { args, stdin: "null", ...options });
  try {
    const { success, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { success: false, stdout: "", stderr: `${program}: not found` };
  }
}

/** The first of these files that exists, behind any symbolic link. */
export async function locate(...candidates: string[]): Promise<string> {
  for (const path of candidates) {
    try {
      return await Deno.realPath(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new RigError(`None of these files exists: ${candidates.join(", ")}`);
}

/** Whether something exists at this path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
