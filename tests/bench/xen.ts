/**
 * Measures on the real driver, in dom0 of an emulated Xen host: C programs as
 * the baseline, and this project beside them. Figures go to standard output.
 *
 * @module
 */
import { main, printLines, withMachine } from "../xen/rig/mod.ts";
import { ensurePackages } from "../xen/rig/packages.ts";
import { step } from "../xen/rig/progress.ts";
import { compile } from "./programs.ts";

const timeout = 900_000;

await main(async () => {
  await ensurePackages();
  const folder = await Deno.makeTempDir();
  try {
    const programs = await step("Compiling the C programs", () => compile(folder));
    return await withMachine(
      { mode: "bench", programs },
      (machine) => step("Measuring in dom0", () => printLines(machine.lines()), { prints: true }),
      { timeout },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
