/**
 * The bare outputs of tools, which are no snapshot: recognised by what they look like. Some together, in a folder or in
 * a status report of XenServer or XCP-ng, tell as much.
 *
 * @module
 */

import { isLsevtchn } from "./lsevtchn.ts";
import { COMMAND, type Recording, type Section } from "./recording.ts";
import { isXlList } from "./xl_list.ts";

/** A text, and what its file is called. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** How much of a text is looked at to recognise it, characters. */
const BEGINNING = 8192;

/** The section that a text belongs to; undefined: it is nothing that is known here. */
export function sectionOf({ name, text }: NamedText): string | undefined {
  const beginning = text.slice(0, BEGINNING);
  if (isXlList(beginning)) return COMMAND.domains;
  if (/^\/[A-Za-z0-9\-/_@:+.]{1,3072}(?: = ".{0,8192}|:$)/m.test(beginning)) return COMMAND.store;
  if (/^\s{1,100}CPU0\b/.test(beginning)) return "file /proc/interrupts";
  // lsevtchn does not say whose the ports are; without an argument they are domain 0's.
  if (isLsevtchn(beginning)) return `${COMMAND.ports} ${/(\d{1,5})\D{0,20}$/.exec(name)?.[1] ?? 0}`;
  if (text.includes("Event channel information for ")) return "dump e";
  return undefined;
}

/** What some texts tell; undefined: nothing. */
export function recordingOf(texts: readonly NamedText[]): Recording | undefined {
  const sections = new Map<string, Section>();
  let host: string | undefined;
  for (const each of texts) {
    const section = sectionOf(each);
    if (section !== undefined && !sections.has(section)) sections.set(section, { text: each.text, cut: false });
    else if (isInventory(each)) host = /\bhostname="([^"<>]{1,255})"/.exec(each.text.slice(0, BEGINNING))?.[1];
  }
  return sections.size === 0 ? undefined : { host, sections, whole: true };
}

/**
 * Files of a status report that tell something here, below its folder: xen-bugtool writes a command's output to the
 * command's words with `-` between them and `.out` behind, and a file to its own path (construct_filename).
 */
export function isReportFile(path: string): boolean {
  return /^(?:[^/]+\/)?(?:xenstore-ls[^/]*|xl-dmesg[^/]*|xl-list[^/]*|lsevtchn[^/]*|inventory\.xml|proc\/interrupts)$/
    .test(path);
}

function isInventory({ name }: NamedText): boolean {
  return /(?:^|\/)inventory\.xml$/.test(name);
}
