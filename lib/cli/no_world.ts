/** The refusal of verbs that change a simulated host, where there is none that others see. @module */

import { UsageError } from "../errors.ts";

/** @param op The verb's name. */
export function noWorld(op: string): UsageError {
  return new UsageError(
    `Cannot use "${op}" here: it is for a simulated host that lives on`,
    'eval "$(evtchn session start --simulator)" starts one for this shell; `evtchn run --simulator` has one for a script',
  );
}
