/** The sockets of this user's sessions, living or dead: in the usual folders, and that in EVTCHN_SESSION. @module */

import type { Host } from "../host/host.ts";
import { nonEmpty } from "./choice.ts";

export async function knownSockets(host: Pick<Host, "env" | "sessionSockets">): Promise<string[]> {
  const named = nonEmpty(host.env("EVTCHN_SESSION"));
  return [...new Set([...await host.sessionSockets(), ...named === undefined ? [] : [named]])];
}
