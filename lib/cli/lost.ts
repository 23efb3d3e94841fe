/** Messages about events that a verb has read but cannot show. @module */

import type { Port } from "../types.ts";
import type { Act } from "./verb.ts";

/** Reports an overflow, for a verb that prints no events. */
export function sayOverflow(act: Act) {
  return act.say(`${act.op}: events were lost: the ring overflowed`);
}

/** Returns a function that reports, once for each port, events that were read but belong to no asked channel. */
export function saySkipped(act: Act): (ports: Iterable<Port>) => Promise<void> {
  const told = new Set<Port>();
  return async (ports) => {
    for (const port of ports) {
      if (told.has(port)) continue;
      told.add(port);
      await act.say(
        `${act.op}: port ${port} fired too and was not asked for: its event is taken from the ring, and ` +
          "it stays masked",
      );
    }
  };
}
