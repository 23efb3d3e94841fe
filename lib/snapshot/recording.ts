/** What a snapshot of a host has: the texts of commands and files, and why others are missing. @module */

import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";

/**
 * One recorded text. Its name says what it is: `command xl list`, `dump e`, `file /proc/interrupts`,
 * `folder /dev/xen`, `link /proc/1/fd/3`.
 */
export interface Section {
  readonly text: string;
  /** Why there is no text: an errno, or words. */
  readonly missing?: string;
  /** The exit status of the command. */
  readonly status?: number;
  /** Whether its end is missing: the snapshot was cut, or the command was ended. */
  readonly cut: boolean;
}

export interface Recording {
  /** The host's own name for itself; undefined: it is not told. */
  readonly host?: string;
  /** When it was taken by the host's clock, microseconds since 1970, UTC; undefined: it is not told. */
  readonly time?: number;
  readonly sections: ReadonlyMap<string, Section>;
  /** Whether it has its end. */
  readonly whole: boolean;
}

/** What names a command's section. */
export const COMMAND = {
  own: "command xenstore-read domid",
  domains: "command xl list",
  press: "command xl debug-keys e",
  console: "command xl dmesg",
  storeWithPermissions: "command xenstore-ls -fp",
  store: "command xenstore-ls -f",
  ports: "command lsevtchn",
} as const;

/** A section that has a text; a command that failed has none, whatever it printed. */
export function textOf({ sections }: Recording, name: string): Section | undefined {
  const section = sections.get(name);
  if (section === undefined || section.missing !== undefined) return undefined;
  return section.status === undefined || section.status === 0 || section.cut ? section : undefined;
}

/** Why a recording has no such text, in words. */
export function whyMissing({ sections, whole }: Recording, name: string): string {
  const section = sections.get(name);
  if (section === undefined) return whole ? "it was not recorded" : "the snapshot ends before it";
  if (section.missing !== undefined) return section.missing;
  const [last = ""] = section.text.trimEnd().split("\n").slice(-1);
  return `${name.replace(/^command /, "")} ended with ${section.status}${last === "" ? "" : `: ${last.slice(0, 200)}`}`;
}

/** The error of what a recording does not tell. `action` is what cannot be done, as in `Cannot see the ports`. */
export function notRecorded(action: string, subject: string, reason: string): DeviceError {
  return new DeviceError("snapshot", "ENODATA", subject, `${action}: ${reason}`, explain("snapshot", "ENODATA"));
}
