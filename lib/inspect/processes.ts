/** The processes that have a device open, as /proc shows them. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { KernelFiles } from "../view/kernel_files.ts";

export interface Process {
  readonly pid: number;
  /** The first 15 bytes of its name, which may be any (fs/proc/array.c, proc_task_name). */
  readonly command: string;
  /** Its user; undefined if it cannot be read. */
  readonly uid?: number;
  /** When it began, microseconds since 1970; undefined if the kernel does not tell. */
  readonly since?: number;
  /** How many of its descriptors are the device. */
  readonly handles: number;
}

export interface SeenProcesses {
  /** Ascending by their ids. */
  readonly holders: readonly Process[];
  /** Whether processes were hidden or could not be looked into. */
  readonly hidden: boolean;
}

/** The event-channel device of Linux, also when its node was removed. */
const DEVICE = /^\/dev\/xen\/evtchn(?: \(deleted\))?$/;

/** Every process but the caller can be hidden by `hidepid` (fs/proc/root.c); the first one is always there. */
const FIRST_PROCESS = "1";

/** Hundredths of a second: the unit of times in /proc/PID/stat, whatever the kernel's own (include/asm-generic/param.h). */
const MICROSECONDS_A_TICK = 10_000;

/** How many processes are looked at together: a session answers them one after the other, but not a turn each. */
const PARALLEL = 32;

/**
 * Finds the processes that have the event-channel device open. One that ends meanwhile is left out.
 *
 * @throws {DeviceError} /proc cannot be listed; or none was found, and some could not be looked into.
 */
export async function deviceHolders(files: KernelFiles): Promise<SeenProcesses> {
  const names = await files.list("/proc");
  if (typeof names === "string") throw refusal(names);
  const pids = names.filter((name) => /^[0-9]+$/.test(name));
  const boot = await bootTime(files);
  const found: Process[] = [];
  let hidden = !pids.includes(FIRST_PROCESS);
  for (let start = 0; start < pids.length; start += PARALLEL) {
    const some = pids.slice(start, start + PARALLEL);
    for (const answer of await Promise.all(some.map((pid) => holder(files, pid, boot)))) {
      if (typeof answer === "object") found.push(answer);
      else if (answer !== undefined) hidden = true;
    }
  }
  if (found.length === 0 && hidden) throw refusal("EACCES");
  return { holders: found.sort((a, b) => a.pid - b.pid), hidden };
}

function refusal(errno: Errno): DeviceError {
  const message = "Cannot look at the processes of this domain";
  return new DeviceError("holders", errno, "/proc", message, explain("holders", errno));
}

/** Undefined: it does not have the device open, or has ended. */
async function holder(files: KernelFiles, pid: string, boot: number | undefined): Promise<Process | Errno | undefined> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await files.list(folder);
  if (typeof descriptors === "string") {
    return descriptors === "EACCES" || descriptors === "EPERM" ? descriptors : undefined;
  }
  const targets = await Promise.all(descriptors.map((fd) => files.link(`${folder}/${fd}`)));
  const handles = targets.filter((target) => typeof target === "object" && DEVICE.test(target.text)).length;
  if (handles === 0) return undefined;
  const [stat, status] = await Promise.all([files.read(`/proc/${pid}/stat`), files.read(`/proc/${pid}/status`)]);
  if (typeof stat === "string") return undefined;
  const { command, started } = parseStat(stat.text);
  return {
    pid: Number(pid),
    command,
    uid: typeof status === "string" ? undefined : userOf(status.text),
    since: boot === undefined || started === undefined ? undefined : boot + started * MICROSECONDS_A_TICK,
    handles,
  };
}

/** The effective user. */
function userOf(status: string): number | undefined {
  const uid = /^Uid:\t[0-9]{1,10}\t([0-9]{1,10})\t/m.exec(status)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** More ticks than this no time has. */
const TICKS = /^[0-9]{1,13}$/;

/** Columns of /proc/PID/stat behind the name, which may have blanks and brackets: the state is the first. */
const STARTED = 19;

function parseStat(text: string): { command: string; started: number | undefined } {
  const end = text.lastIndexOf(")");
  const started = text.slice(end + 2).split(" ")[STARTED] ?? "";
  return {
    command: text.slice(text.indexOf("(") + 1, end),
    started: TICKS.test(started) ? Number(started) : undefined,
  };
}

/** When the kernel began, microseconds since 1970. */
async function bootTime(files: KernelFiles): Promise<number | undefined> {
  const stat = await files.read("/proc/stat");
  const seconds = typeof stat === "string" ? undefined : /^btime ([0-9]{1,12})$/m.exec(stat.text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1e6;
}
