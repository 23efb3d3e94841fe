/** Chooses the handle, from the options or else the environment. @module */

import { UsageError } from "../errors.ts";
import type { Domid } from "../types.ts";
import type { Host, KernelChoice } from "../host/host.ts";
import { type CommonFlags, parseFd, traces } from "./options.ts";

/** The prefix of a `--device` that names a simulator. */
const SIM = "sim:";

/** A handle of a kernel: a descriptor or a device. */
export interface DeviceChoice {
  readonly session?: undefined;
  readonly kernel: KernelChoice;
  readonly fd?: number;
  /** Undefined: the kernel's own event-channel device. */
  readonly path?: string;
}

/** A session's handle. */
export interface SessionChoice {
  /** The path of its socket. */
  readonly session: string;
  /** The domain to act as; undefined: the session's own. */
  readonly as?: Domid;
}

/**
 * Chooses the handle. An option takes precedence over the environment. In the environment EVTCHN_SESSION takes
 * precedence, because it is set for one program or one shell.
 *
 * @throws {UsageError} If two options each choose a handle.
 */
export function choose(flags: CommonFlags, host: Host): DeviceChoice | SessionChoice {
  const explicit = explicitPlaces(flags);
  const session = flags.session ?? (explicit.length > 0 ? undefined : nonEmpty(host.env("EVTCHN_SESSION")));
  if (session === undefined) return chooseDevice(flags, host);
  if (explicit.length > 1) throw together(explicit);
  if (traces(flags)) {
    throw new UsageError(
      "Cannot trace a session: its process makes the system calls",
      "`evtchn session run --trace -- COMMAND` shows those of a session on stderr",
    );
  }
  return { session, as: flags.as };
}

/** Whether an option or the environment names a session. */
export function namesSession({ session }: CommonFlags, host: Host): boolean {
  return (session ?? nonEmpty(host.env("EVTCHN_SESSION"))) !== undefined;
}

/** {@linkcode choose} without sessions. */
export function chooseDevice(flags: CommonFlags, host: Host): DeviceChoice {
  const explicit = explicitPlaces(flags);
  if (explicit.length > 1) throw together(explicit);
  const fd = flags.fd ?? (explicit.length > 0 ? undefined : environmentFd(host));
  if (fd !== undefined) return { kernel: running(flags.as), fd };
  const device = flags.simulator ? `${SIM}linux` : flags.device ?? nonEmpty(host.env("EVTCHN_DEVICE"));
  if (device === undefined || !device.startsWith(SIM)) return { kernel: running(flags.as), path: device };
  return { kernel: { kind: "simulated", spec: device.slice(SIM.length), domain: flags.as ?? 0 } };
}

/** The value of an environment variable; an empty one counts as unset. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function explicitPlaces(flags: CommonFlags): string[] {
  return [
    flags.session !== undefined && "--session",
    flags.device !== undefined && "--device",
    flags.simulator === true && "--simulator",
    flags.fd !== undefined && "--fd",
  ].filter((name) => name !== false);
}

function together(places: readonly string[]): UsageError {
  return new UsageError(`Cannot use ${places.join(" and ")} together: each says where the handle is`);
}

function environmentFd(host: Host): number | undefined {
  const text = nonEmpty(host.env("EVTCHN_FD"));
  return text === undefined ? undefined : parseFd(text);
}

function running(as: Domid | undefined): KernelChoice {
  if (as === undefined) return { kind: "running" };
  throw new UsageError("Cannot act as another domain on a real device", "--as is for the simulator: add --simulator");
}
