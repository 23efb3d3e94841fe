/**
 * Scripts at random on the simulator and on the real driver, in dom0 of an emulated Xen host; see main.ts. What they
 * come to goes to standard output.
 *
 * @module
 */

import { main, printLines, RigError, withMachine } from "../xen/rig/mod.ts";
import { step } from "../xen/rig/progress.ts";
import { parseWanted, USAGE } from "./options.ts";

/** How long the host may take to boot, and each statement, with what it takes to tell of a difference; milliseconds. */
const BOOT = 300_000;
const STATEMENT = 10;

await main(async () => {
  const wanted = parseWanted(Deno.args);
  if (wanted === undefined) throw new RigError(USAGE, 2);
  return await withMachine(
    { mode: "fuzz", variables: { WANTED: Deno.args.join(" ") } },
    (machine) => step("Running scripts at random", () => printLines(machine.lines()), { prints: true }),
    { timeout: BOOT + STATEMENT * wanted.count },
  );
});
