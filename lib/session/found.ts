/** The sessions of a user: what each of them says of itself. @module */

import type { Clock } from "../clock.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { SessionLink } from "./link.ts";
import { refusal, removeStale, STALE_AFTER } from "./place.ts";
import type { About } from "./requests.ts";

/** How long, milliseconds, a session may take to say who it is, and then what it is. */
const DEADLINE = 2000;

/** A socket that has a listener. */
export type FoundSession =
  | { readonly session: string; readonly state: "running"; readonly about: About }
  | {
    readonly session: string;
    /** It sends nothing; another version of evtchn serves it; or no client of this user may use it. */
    readonly state: "silent" | "other-version" | "unusable";
    /** The errno that a client of it gets. */
    readonly errno: string;
  };

/** Asks all sessions at once. Dead ones are left out, and their sockets removed. */
export async function askSessions(sockets: Iterable<string>, clock: Clock): Promise<FoundSession[]> {
  const found = await Promise.all([...sockets].map((socket) => askSession(socket, clock)));
  return found.filter((each) => each !== undefined);
}

async function askSession(session: string, clock: Clock): Promise<FoundSession | undefined> {
  try {
    return { session, state: "running", about: await aboutOf(session, clock) };
  } catch (error) {
    // What refuses the question as wrong is no session of this version.
    const errno = error instanceof DeviceError ? error.errno : error instanceof UsageError ? "EPROTO" : undefined;
    switch (errno) {
      case "ECONNREFUSED":
        await removeStale(session, clock.now() / 1000 - STALE_AFTER);
        return undefined;
      case "ENOENT":
      case "ECONNRESET": // it ends just now
      case "ESHUTDOWN":
        return undefined;
      case "ETIMEDOUT":
        return { session, state: "silent", errno };
      case "EPROTO": // an older one does not know the question
      case "EPROTONOSUPPORT":
        return { session, state: "other-version", errno };
      case undefined:
        throw error;
      default:
        return { session, state: "unusable", errno };
    }
  }
}

async function aboutOf(session: string, clock: Clock): Promise<About> {
  const link = await SessionLink.connect(session, clock, DEADLINE);
  const answered = new AbortController();
  const silent = clock.sleep(DEADLINE, answered.signal).then((over): never => {
    throw over ? refusal("ETIMEDOUT", session) : new Error("answered");
  });
  silent.catch(() => {}); // nobody waits for it once there is an answer
  try {
    return await Promise.race([link.request("about", {}), silent]);
  } finally {
    answered.abort();
    await link.close();
  }
}
