/** Reads a recording: the output of `watch --json`, or of `run --json` with other records among the events. @module */

import { channelName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import { parseChannel, U32_MAX } from "../parse.ts";

interface RecordedEvent {
  /** Microseconds since 1970. */
  readonly time: number;
  readonly channel: string;
  /** The line number in the recording. */
  readonly line: number;
}

export interface Recording {
  /** The name of the file, for messages. */
  readonly name: string;
  /** The time of the first event, microseconds since 1970. NaN if the recording is empty. */
  readonly start: number;
  /** The events to send. */
  readonly events: readonly RecordedEvent[];
  /** The number of events that binding caused: they are not sent. */
  readonly skipped: number;
  /** The number of overflows, at which events are missing. */
  readonly overflows: number;
  /** The number of records that are no events, as a script prints them: results of its statements, errors. */
  readonly others: number;
}

/** The keys of each record, and a check of each value. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  pending: {
    event: isString,
    time: isTime,
    port: isU32,
    channel: isString,
    seq: isU32,
    initial: isTrue,
    stale: isTrue,
    domain: isU32,
    line: isU32,
  },
  overflow: { event: isString, time: isTime, domain: isU32, line: isU32 },
};

const OPTIONAL = ["initial", "stale", "domain", "line"];

/** Characters of the input that a message shows, at most. */
const SHOWN = 80;

/** @throws {UsageError} For a line that is not a record. */
export function parseRecording(text: string, name: string): Recording {
  const events: RecordedEvent[] = [];
  let [skipped, overflows, others, start] = [0, 0, 0, NaN];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [i, line] of lines.entries()) {
    const record = parseLine(line, `${name}:${i + 1}`);
    if (record === undefined) {
      others++;
      continue;
    }
    const time = microseconds(record.time as string);
    if (Number.isNaN(start)) start = time;
    if (record.event === "overflow") overflows++;
    else if (record.initial === true) skipped++;
    else events.push({ time, channel: record.channel as string, line: i + 1 });
  }
  return { name, start, events, skipped, overflows, others };
}

/** The record of an event; undefined: it is the record of something else. */
function parseLine(line: string, where: string): Record<string, unknown> | undefined {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    // refused below
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw wrong(where, `expected a record of an event, not "${shown(line)}"`);
  }
  const fields = record as Record<string, unknown>;
  if (typeof fields.op === "string" && !Object.hasOwn(fields, "event")) return undefined;
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

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

function wrong(where: string, what: string): UsageError {
  return new UsageError(
    `${where}: Cannot read the recording: ${what}`,
    "a recording is what `evtchn watch --json` prints, or a `watch` in `evtchn run --json`",
  );
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isU32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= U32_MAX;
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
