/** Records as JSON Lines. @module */

import type { ErrorRecord, ResultRecord } from "../records.ts";
import type { PendingEvent } from "../handle/watch.ts";

/** Characters that JSON does not escape but a terminal acts on: C1 controls, separators, direction marks. */
const UNSAFE = /[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;

/** An object, with its newline. Escapes control characters, because a guest can write any text to xenstore. */
export function jsonLine(value: object): string {
  const text = JSON.stringify(value);
  return text.replace(UNSAFE, (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0")) + "\n";
}

/** A record, with its newline. */
export function recordLine(record: ResultRecord | ErrorRecord): string {
  return jsonLine(record);
}

/**
 * An event, with its newline. Built by hand for speed: nothing in it needs escaping.
 *
 * @param time The time of the read(2), from `utcTime`.
 */
export function eventLine(time: string, event: PendingEvent): string {
  return `{"event":"pending","time":"${time}","port":${event.port},"channel":"${event.name}","seq":${event.seq}` +
    `${event.initial ? ',"initial":true' : ""}${event.stale ? ',"stale":true' : ""}}\n`;
}

/** An overflow, with its newline. */
export function overflowLine(time: string): string {
  return `{"event":"overflow","time":"${time}"}\n`;
}
