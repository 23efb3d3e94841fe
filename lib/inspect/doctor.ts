/** Looks at each thing that evtchn needs: runs the checks side by side, each with a deadline. @module */

import type { Clock } from "../clock.ts";
import { DeviceError, UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Runtime } from "../runtime.ts";
import type { Awaitable } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { CHECKS, LAST_CHECKS, simulator } from "./checks.ts";

/**
 * `missing`: it is not there, or it does not answer. `refused`: it is there, and may not be used. `unknown`: that cannot
 * be told here, or does not matter.
 */
export type State = "ok" | "missing" | "refused" | "unknown";

/** What a check found. */
export interface Finding {
  readonly state: State;
  /** May have text of a guest or of a file. */
  readonly detail: string;
  /** What to do about it; undefined: nothing helps, or nothing has to be done. */
  readonly cure?: string;
  /** How long an answer took, microseconds. */
  readonly durationUs?: number;
}

/** What the checks look at. */
export interface Examined {
  /** Throws a DeviceError if it cannot be opened. */
  handle(): Awaitable<EventChannelDevice>;
  /** Throws a DeviceError if it cannot be opened. */
  view(): Awaitable<HostView>;
  readonly runtime: Runtime;
  /** The sockets of this user's sessions, living or dead. */
  sockets(): Awaitable<readonly string[]>;
  /** Measures how quickly the host answers. */
  readonly hostClock: Clock;
  /** The time of this machine, where sessions are. */
  readonly clock: Clock;
}

export type Check = (examined: Examined) => Awaitable<Finding>;

export interface Diagnosis extends Finding {
  readonly check: string;
}

/** Milliseconds: a xenstored that is given up after the period is told of by its own error. */
const OWN_ERROR = 500;

/**
 * Makes all checks, and yields them in the order of their table as they are done. Those of {@linkcode LAST_CHECKS} begin
 * when the others have ended: a session answers one request after the other, and they may be slow.
 *
 * @param period How long each check may take, milliseconds.
 * @param signal Aborting it ends the waits.
 */
export async function* diagnose(
  examined: Examined,
  period: number,
  signal: AbortSignal,
): AsyncGenerator<Diagnosis, void> {
  const states = new Map<string, State>();
  const within = (check: Check, most = period) => inTime(check, examined, most, signal);
  for (const [checks, most] of [[CHECKS, period], [LAST_CHECKS, period + OWN_ERROR]] as const) {
    const running = Object.entries(checks).map(([name, check]) => [name, within(check, most)] as const);
    for (const [check, finding] of running) {
      const found = { check, ...await finding };
      states.set(check, found.state);
      yield found;
    }
  }
  if (states.get("xen") !== "ok" && states.get("driver") !== "ok") {
    yield { check: "simulator", ...await within(simulator) };
  }
}

async function inTime(check: Check, examined: Examined, period: number, signal: AbortSignal): Promise<Finding> {
  const done = new AbortController();
  const late = examined.clock.sleep(period, AbortSignal.any([signal, done.signal])).then((): Finding => ({
    state: "unknown",
    detail: `no answer within ${period} ms`,
    cure: "--timeout gives it more time",
  }));
  try {
    return await Promise.race([attempt(check, examined), late]);
  } finally {
    done.abort();
  }
}

async function attempt(check: Check, examined: Examined): Promise<Finding> {
  try {
    return await check(examined);
  } catch (error) {
    if (error instanceof DeviceError) return refusal(error);
    if (error instanceof UsageError) return { state: "unknown", detail: error.message, cure: error.hint };
    if (error instanceof Deno.errors.NotCapable) {
      return { state: "unknown", detail: error.message.replace(/, run again with .*/s, "") };
    }
    throw error;
  }
}

/** The errnos of what is not there. */
const MISSING: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENODEV",
  "ENXIO",
  "ENOSYS",
  "ENOTTY",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
]);

/** What an error of a device means. */
function refusal({ errno, message, action, hint }: DeviceError): Finding {
  if (errno === "ENOTSUP") return { state: "unknown", detail: action }; // another system: nothing is wrong
  return { state: MISSING.has(errno) ? "missing" : "refused", detail: message, cure: hint };
}
