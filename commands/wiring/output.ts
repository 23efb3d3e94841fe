/**
 * What `wiring` prints: a tree, records, or a picture.
 *
 * @module
 */

import { errorRecord } from "../../lib/errors.ts";
import { recordLine } from "../../lib/render/json.ts";
import { wiringLines } from "../../lib/render/wiring.ts";
import { wiringTree } from "../../lib/render/wiring_tree.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";
import type { Context } from "../../lib/cli/context.ts";
import type { WiringFlags } from "./mod.ts";

/** Made here: Deno reads what a literal import names before the program starts. */
const PICTURES = import.meta.resolve("./pictures.ts");

/** Prints a wiring in the way that the options ask for, and on stderr why Xen's side of it is missing, where it is. */
export async function printWiring(context: Context, flags: WiringFlags, wiring: HostWiring): Promise<void> {
  tellUnseen(context, flags, wiring);
  await context.host.stdout.write(await drawn(context, flags, wiring));
}

async function drawn(context: Context, flags: WiringFlags, wiring: HostWiring): Promise<string> {
  const { json, quiet, format = "tree" } = flags;
  if (json) return wiringLines(wiring, quiet);
  if (format !== "tree") {
    const { picture }: typeof import("./pictures.ts") = await import(PICTURES);
    return await picture(format, wiring);
  }
  const palette = await context.palette(flags);
  const lines = wiringTree(wiring, { palette, width: context.host.stdout.columns, faultsOnly: quiet });
  return lines.map((line) => line + "\n").join("");
}

function tellUnseen(context: Context, { json }: WiringFlags, { unseen }: HostWiring): void {
  if (unseen === undefined) return;
  const message = `Xen's side is unknown: ${unseen.message}`;
  if (json) return context.host.stderr.writeSync(recordLine({ ...errorRecord("wiring", unseen)!, message }));
  context.say(`wiring: ${message}`);
  if (unseen.hint !== undefined) context.host.stderr.writeSync(`hint: ${unseen.hint}\n`);
}
