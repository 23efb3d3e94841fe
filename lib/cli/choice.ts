/** Where the handle is: what the options say, and the environment where they say nothing. @module */

import { UsageError } from "../errors.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import type { Host, KernelChoice } from "../host/host.ts";
import { type CommonFlags, parseFd } from "./options.ts";

/** Where the simulator is chosen among the devices. */
const SIM = "sim:";

/** A handle of a kernel: which kernel, and which descriptor or device in it. */
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
 * Where the handle is: an explicit option beats the environment, and two explicit ones contradict each other. In the
 * environment a session comes first: it is set for one program or one shell, inside whatever else is set.
 *
 * @throws {UsageError} If they contradict each other.
 */
export function choose(flags: CommonFlags, host: Host): DeviceChoice | SessionChoice {
  const explicit = explicitPlaces(flags);
  const session = flags.session ?? (explicit.length > 0 ? undefined : nonEmpty(host.env("EVTCHN_SESSION")));
  if (session === undefined) return chooseDevice(flags, host);
  if (explicit.length > 1) throw together(explicit);
  if (flags.trace) {
    throw new UsageError(
      "Cannot trace a session: its system calls are made in its own process",
      "`evtchn session run --trace -- COMMAND` shows those of a session on stderr",
    );
  }
  return { session, as: flags.as };
}

/**
 * Where the handle of this process's own is, sessions left aside.
 *
 * @throws {UsageError} If the options contradict each other.
 */
export function chooseDevice(flags: CommonFlags, host: Host): DeviceChoice {
  const explicit = explicitPlaces(flags);
  if (explicit.length > 1) throw together(explicit);
  const fd = flags.fd ?? (explicit.length > 0 ? undefined : environmentFd(host));
  if (fd !== undefined) return { kernel: running(flags.as), fd };
  const device = flags.simulator ? `${SIM}linux` : flags.device ?? nonEmpty(host.env("EVTCHN_DEVICE"));
  if (device === undefined || !device.startsWith(SIM)) return { kernel: running(flags.as), path: device };
  return { kernel: { kind: "simulated", spec: device.slice(SIM.length), domain: ownDomain(flags.as) } };
}

/** A variable's text, an empty one being none. */
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

/** The domain whose kernel a simulated process runs on: domain 0, unless another is named. */
function ownDomain(as: Domid | undefined): Domid {
  return as === undefined || as === DOMID_SELF ? 0 : as;
}

function environmentFd(host: Host): number | undefined {
  const text = nonEmpty(host.env("EVTCHN_FD"));
  return text === undefined ? undefined : parseFd(text);
}

function running(as: Domid | undefined): KernelChoice {
  if (as === undefined) return { kind: "running" };
  throw new UsageError("Cannot act as another domain on a real device", "--as is for the simulator: add --simulator");
}
