/** Records as JSON Lines. @module */

import type { ErrorRecord, ResultRecord } from "../records.ts";
import type { PendingEvent } from "../handle/watch.ts";
import { safeJson } from "./line.ts";

/** An object, with its newline. Escapes control characters, because a guest can write any text to xenstore. */
export function jsonLine(value: object): string {
  return safeJson(JSON.stringify(value)) + "\n";
}

/** A record, with its newline. */
export function recordLine(record: ResultRecord | ErrorRecord): string {
  return jsonLine(record);
}

/** Records, each with its newline. */
export function* recordLines(records: Iterable<ResultRecord>): Generator<string, void> {
  for (const record of records) yield recordLine(record);
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
