/**
 * The verb that shows who is wired to whom.
 *
 * @module
 */

import { parseDomid } from "../parse.ts";
import { takeOptions } from "./arguments.ts";
import type { Verb } from "./verb.ts";

/** Made here: Deno reads what a literal import names before the program starts, and few scripts ask for it. */
const LOOK = import.meta.resolve("../wiring/look.ts");
const RENDER = import.meta.resolve("../render/wiring.ts");
const TREE = import.meta.resolve("../render/wiring_tree.ts");
const PALETTE = import.meta.resolve("../render/human.ts");

/** The verbs of this file. */
export const WIRING_VERBS: Readonly<Record<string, Verb>> = {
  "wiring": {
    usage: "wiring [DOM...]",
    brief: "Which backend each frontend is wired to; fails where something is wrong",
    parse(words) {
      const domains = takeOptions(words).rest.map(parseDomid);
      return async ({ views }, at) => {
        const [{ lookAtWiring }, { faultText, wiringRecord }, { wiringTree }, { PLAIN }] = await Promise.all([
          import(LOOK) as Promise<typeof import("../wiring/look.ts")>,
          import(RENDER) as Promise<typeof import("../render/wiring.ts")>,
          import(TREE) as Promise<typeof import("../render/wiring_tree.ts")>,
          import(PALETTE) as Promise<typeof import("../render/human.ts")>,
        ]);
        const wiring = await lookAtWiring(await views.get(at), domains);
        const text = wiringTree(wiring, { palette: PLAIN }).join("\n");
        return { record: wiringRecord(wiring), text, fault: faultText(wiring) };
      };
    },
  },
};
