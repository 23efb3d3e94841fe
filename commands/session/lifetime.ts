/** The option of a session that ends by itself. @module */

import { type Option, value } from "../../lib/cli/verb.ts";
import { UsageError } from "../../lib/errors.ts";
import { parsePeriod } from "../../lib/parse.ts";

/** The value is milliseconds. */
export const LIFETIME: { readonly lifetime: Option<number | undefined> } = {
  lifetime: value(parseLifetime, "PERIOD", "End the session when it was unused that long [never]"),
};

/** For --help. */
export const UNUSED = "With --lifetime it ends by itself when it was unused that long: no client was connected, and " +
  "none made a request. A `watch` or a `shell` that runs is a use; `session list` and an event are none.";

function parseLifetime(text: string): number {
  const lifetime = parsePeriod(text);
  if (lifetime > 0) return lifetime;
  throw new UsageError(`Cannot use "${text}" as a lifetime: expected some time, such as 30m`);
}
