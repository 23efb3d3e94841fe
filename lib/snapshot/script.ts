/** The program for sh that collects a snapshot where there is no evtchn. @module */

import text from "./collect.sh" with { type: "text" };

export const COLLECT_SCRIPT: string = text;

/** The same, and it does not press Xen's debug key. */
export function withoutDebugKey(script: string): string {
  return script.replace('\nsnapshot "$@"', "\nsnapshot --no-debug-key");
}
