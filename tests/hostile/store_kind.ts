/** What guests write to xenstore, seen by one of the commands that look at it. @module */

import fc from "fast-check";
import type { Kind } from "./kind.ts";
import { type HostileGuest, hostileGuest } from "./store.ts";
import { assertHarmless, assertHarmlessWatched, LOOKS, SVG } from "./store_property.ts";

const WATCHES = ["wiring --watch", "wiring --watch --json"];

export const STORES: Kind<{ guest: HostileGuest; look: string }> = {
  name: "store contents",
  input: fc.record({
    guest: fc.oneof({ weight: 60, arbitrary: hostileGuest(12) }, { weight: 1, arbitrary: hostileGuest(1000) }),
    look: fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...LOOKS, ...WATCHES) }, {
      weight: 1,
      arbitrary: fc.constant(SVG),
    }),
  }),
  async check({ guest, look }) {
    if (WATCHES.includes(look)) await assertHarmlessWatched(guest, look.endsWith("--json") ? "--json" : "");
    else await assertHarmless(guest, [look]);
    return true; // xenstored has no parser: what it refuses is left out
  },
};
