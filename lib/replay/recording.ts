/**
 * What `watch --json` printed, read back.
 *
 * @module
 */

import { channelName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import { parseChannel } from "../parse.ts";

/** One event to send again. */
export interface RecordedEvent {
  /** When it was read: microseconds since 1970. */
  readonly time: number;
  /** Its channel, as it is written. */
  readonly channel: string;
  /** Where it stands in the recording. */
  readonly line: number;
}

/** A recording. */
export interface Recording {
  /** What it is called in messages. */
  readonly name: string;
  /** When it begins: the time of its first line, be it an event to send or not. */
  readonly start: number;
  readonly events: readonly RecordedEvent[];
  /** How many events were caused by binding, and are not sent. */
  readonly skipped: number;
  /** How many times it lacks events because a ring overflowed. */
  readonly overflows: number;
}

/** The keys of each record, and what each value is. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  pending: {
    event: isString,
    time: isTime,
    port: isU32,
    channel: isString,
    seq: isU32,
    initial: isTrue,
    stale: isTrue,
  },
  overflow: { event: isString, time: isTime },
};

/** The keys that need not be there. */
const OPTIONAL = ["initial", "stale"];

/** The longest part of a line that a message shows. */
const SHOWN = 80;

/**
 * Reads a recording.
 *
 * @param text Its lines.
 * @param name What it is called in messages.
 * @throws {UsageError} On a line that is no record of an event.
 */
export function parseRecording(text: string, name: string): Recording {
  const events: RecordedEvent[] = [];
  let [skipped, overflows, start] = [0, 0, NaN];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [i, line] of lines.entries()) {
    const record = parseLine(line, `${name}:${i + 1}`);
    const time = microseconds(record.time as string);
    if (Number.isNaN(start)) start = time;
    if (record.event === "overflow") overflows++;
    else if (record.initial === true) skipped++;
    else events.push({ time, channel: record.channel as string, line: i + 1 });
  }
  return { name, start, events, skipped, overflows };
}

function parseLine(line: string, where: string): Record<string, unknown> {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    // told below
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw wrong(where, `expected a record of an event, not "${shown(line)}"`);
  }
  const fields = record as Record<string, unknown>;
  const shape = typeof fields.event === "string" && Object.hasOwn(SHAPES, fields.event)
    ? SHAPES[fields.event]
    : undefined;
  if (shape === undefined) throw wrong(where, `expected "event":"pending" or "event":"overflow"`);
  for (const [key, value] of Object.entries(fields)) {
    if (!Object.hasOwn(shape, key)) throw wrong(where, `an event has no "${shown(key)}"`);
    if (!shape[key](value)) throw wrong(where, `${shown(JSON.stringify(value))} cannot be its "${key}"`);
  }
  const missing = Object.keys(shape).find((key) => !OPTIONAL.includes(key) && !Object.hasOwn(fields, key));
  if (missing !== undefined) throw wrong(where, `its "${missing}" is missing`);
  if (fields.event === "pending") checkChannel(fields.channel as string, where);
  return fields;
}

function checkChannel(channel: string, where: string): void {
  let name: string | undefined;
  try {
    name = channelName(parseChannel(channel));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
  if (name !== channel) throw wrong(where, `${shown(JSON.stringify(channel))} cannot be its "channel"`);
}

/** As much of a text as a message shows. */
function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

function wrong(where: string, what: string): UsageError {
  return new UsageError(
    `${where}: Cannot read the recording: ${what}`,
    "a recording is what `evtchn watch --json` prints",
  );
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isU32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xFFFF_FFFF;
}

function isTrue(value: unknown): boolean {
  return value === true;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/;

function isTime(value: unknown): boolean {
  return typeof value === "string" && TIME.test(value) && !Number.isNaN(microseconds(value));
}

function microseconds(time: string): number {
  const [, seconds, micros] = TIME.exec(time)!;
  return Date.parse(`${seconds}Z`) * 1000 + Number(micros);
}
