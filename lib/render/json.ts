/**
 * Records as JSON Lines.
 *
 * @module
 */

import type { ErrorRecord, ResultRecord } from "../records.ts";
import type { PendingEvent } from "../handle/watch.ts";
import { safeJson } from "./line.ts";

/** One object, with its newline. Names come from xenstore, where a guest writes any text: none commands a terminal. */
export function jsonLine(value: object): string {
  return safeJson(JSON.stringify(value)) + "\n";
}

/** One record, with its newline. */
export function recordLine(record: ResultRecord | ErrorRecord): string {
  return jsonLine(record);
}

/** Records, each with its newline. */
export function* recordLines(records: Iterable<ResultRecord>): Generator<string, void> {
  for (const record of records) yield recordLine(record);
}

/**
 * One event, with its newline. Written by hand: it is made for every event, and nothing in it needs escaping.
 *
 * @param time The time of its read, as `utcTime` writes it.
 */
export function eventLine(time: string, event: PendingEvent): string {
  return `{"event":"pending","time":"${time}","port":${event.port},"channel":"${event.name}","seq":${event.seq}` +
    `${event.initial ? ',"initial":true' : ""}${event.stale ? ',"stale":true' : ""}}\n`;
}

/** The record of an overflow, with its newline. */
export function overflowLine(time: string): string {
  return `{"event":"overflow","time":"${time}"}\n`;
}
