/** The event ABI of each domain, as Xen's debug key `e` shows it. @module */

import { type Domid, DOMID_FIRST_RESERVED } from "../types.ts";
import { headingOf, xenLines } from "./xen_lines.ts";

export type EventAbi = "2-level" | "fifo";

/**
 * What each ABI prints last in the brackets: evtchn_2l_print_state (xen/common/event_2l.c) one digit,
 * evtchn_fifo_print_state (xen/common/event_fifo.c) a word of the event array, which fills six columns.
 */
const STATE = /^ *\d{1,10} \[\d\/\d\/(?:(\d)|[^\]]{2,16})\]: s=/;

/** What goes before a line where the console has times. */
const TIME = /^\[[^\]]{1,40}\] ?/;

/** Reads the last dump in a text. A domain without ports, or before Xen 4.4, is left out. */
export function eventAbis(text: string): Map<Domid, EventAbi> {
  const found = new Map<Domid, EventAbi>();
  let domain: Domid | undefined;
  for (const [, line] of xenLines(text)) {
    const heading = headingOf(line);
    if (heading !== undefined) {
      domain = heading;
      continue;
    }
    const state = STATE.exec(line.replace(TIME, ""));
    if (state === null || domain === undefined || domain >= DOMID_FIRST_RESERVED) continue;
    found.set(domain, state[1] === undefined ? "fifo" : "2-level");
  }
  return found;
}
