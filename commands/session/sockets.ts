/** Where this user's sessions are. @module */

import { nonEmpty } from "../../lib/cli/choice.ts";
import type { Host } from "../../lib/host/host.ts";

/** The runtime folder that the environment names. */
export function runtimeOf(host: Host): string | undefined {
  return nonEmpty(host.env("XDG_RUNTIME_DIR"));
}

/** For --help. */
export const WHERE = "Sessions are looked for in $XDG_RUNTIME_DIR (and, if that is in /run or not set, in " +
  "/run/user/UID and /run), in the folder for temporary files, and in $EVTCHN_SESSION: only your own.";
