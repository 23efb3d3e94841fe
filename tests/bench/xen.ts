/**
 * Measures on the real driver, in dom0 of an emulated Xen host: C programs as
 * the baseline, and this project beside them. Figures go to standard output.
 *
 * @module
 */
import { main, withMachine } from "../xen/rig/mod.ts";
import { ensurePackages } from "../xen/rig/packages.ts";
import { step } from "../xen/rig/progress.ts";
import { compile } from "./programs.ts";

const timeout = 900_000;

/** Prints what dom0 says; gives the exit status of its benchmark. */
async function follow(lines: AsyncGenerator<string>): Promise<number> {
  for await (const line of lines) {
    if (line.startsWith("@rig exit ")) return Number(line.slice("@rig exit ".length));
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  }
  return 1;
}

await main(async () => {
  await ensurePackages();
  const folder = await Deno.makeTempDir();
  try {
    const programs = await step("Compiling the C programs", () => compile(folder));
    return await withMachine(
      { mode: "bench", programs },
      (machine) => step("Measuring in dom0", () => follow(machine.lines()), { prints: true }),
      { timeout },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
