/** Records as JSON Lines. @module */

import type { ErrorRecord, ResultRecord } from "../records.ts";
import type { Domid } from "../types.ts";
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
 * The last members of an event's record, as in `,"domain":1,"line":3`.
 *
 * @param domain Whose event it is; undefined: there are no events of other domains beside it.
 * @param line The line of the script; undefined: there is no script.
 */
export function eventEnd(domain?: Domid, line?: number): string {
  return (domain === undefined ? "" : `,"domain":${domain}`) + (line === undefined ? "" : `,"line":${line}`);
}

/**
 * An event, with its newline. Built by hand for speed: nothing in it needs escaping.
 *
 * @param time The time of the read(2), from `utcTime`.
 * @param end From {@linkcode eventEnd}.
 */
export function eventLine(time: string, event: PendingEvent, end = ""): string {
  return `{"event":"pending","time":"${time}","port":${event.port},"channel":"${event.name}","seq":${event.seq}` +
    `${event.initial ? ',"initial":true' : ""}${event.stale ? ',"stale":true' : ""}${end}}\n`;
}

/** An overflow, with its newline; `end` as in {@linkcode eventLine}. */
export function overflowLine(time: string, end = ""): string {
  return `{"event":"overflow","time":"${time}"${end}}\n`;
}
