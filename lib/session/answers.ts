/**
 * What a session answers: a client uses nothing that has not passed here.
 *
 * The client trusts the session with its events, and no further: what an answer has is printed and counted with.
 *
 * @module
 */

import { PAGE_BYTES, PORT_BYTES } from "../../ffi/abi.ts";
import { parseChannel } from "../parse.ts";
import { BATCH_LIMIT } from "./protocol.ts";
import type { Verb } from "./requests.ts";
import {
  CHANNEL,
  DOMAIN,
  either,
  type Fields,
  isRecord,
  list,
  optional,
  type Rule,
  TEXT,
  U32,
  whole,
  YES_OR_NO,
} from "./rules.ts";

const nothing: Rule<null> = (value): value is null => value === null;
const ERRNO = (value: unknown): value is string => typeof value === "string" && /^E[A-Z0-9]{1,20}$/.test(value);
const COUNT = whole(0, Number.MAX_SAFE_INTEGER);

/** A time of day, microseconds since 1970: each of them is one that a Date can have. */
const TIME = COUNT;

/** The most channels that a handle can have. */
const CHANNELS_MAX = 131_072;

const record = (rules: Readonly<Record<string, Rule<unknown>>>): Rule<Fields> => (value): value is Fields =>
  isRecord(value) &&
  Object.entries(rules).every(([name, rule]) => rule(Object.hasOwn(value, name) ? value[name] : undefined));

/** A channel's name that means a channel. */
const NAMED_CHANNEL: Rule<string> = (value): value is string => {
  try {
    return CHANNEL(value) && parseChannel(value) !== undefined;
  } catch {
    return false;
  }
};

/** What goes with each state of a port. */
const STATES: Readonly<Record<string, Rule<Fields>>> = {
  closed: isRecord,
  ipi: isRecord,
  unbound: record({ remoteDomain: DOMAIN }),
  interdomain: record({ remoteDomain: DOMAIN, remotePort: U32 }),
  pirq: record({ pirq: U32 }),
  virq: record({ virq: U32 }),
};

/** A port as Xen has it. */
const PORT_STATUS: Rule<Fields> = (value): value is Fields => {
  if (!isRecord(value) || !U32(value.vcpu)) return false;
  const { status } = value;
  return typeof status === "string" && Object.hasOwn(STATES, status) && STATES[status](value);
};

const TABLE_ENTRY: Rule<Fields> = (value): value is Fields => PORT_STATUS(value) && U32(value.port);

/** The most names that the answer about one node of xenstore has. */
const STORE_NAMES_MAX = 131_072;

const yes: Rule<true> = (value): value is true => value === true;

/** What each verb gives. */
const RESULTS: Readonly<Record<Verb, Rule<unknown>>> = {
  "bind-virq": U32,
  "bind-interdomain": U32,
  "alloc-unbound": U32,
  "unbind": nothing,
  "notify": nothing,
  "unmask": COUNT,
  "unmask-all": nothing,
  "reset": nothing,
  "restrict": nothing,
  "read": either(ERRNO, list(U32, PAGE_BYTES / PORT_BYTES)),
  "poll": either(ERRNO, whole(0, 0x7FFF)),
  "status": list(
    record({ port: U32, channel: NAMED_CHANNEL, kind: TEXT, masked: YES_OR_NO, events: COUNT }),
    CHANNELS_MAX,
  ),
  "own-domain": either(nothing, DOMAIN),
  "port-status": either(ERRNO, PORT_STATUS),
  "port-table": list(TABLE_ENTRY, CHANNELS_MAX),
  "store-read": either(nothing, TEXT),
  "store-directory": either(nothing, list(TEXT, STORE_NAMES_MAX)),
  "channel": record({ port: U32, channel: NAMED_CHANNEL }),
  "watch": nothing,
  "cancel": nothing,
  "stop": nothing,
};

const ERROR = record({
  error: TEXT,
  op: optional(TEXT),
  subject: optional(TEXT),
  message: TEXT,
  hint: optional(TEXT),
});

const EVENT = record({
  port: U32,
  channel: CHANNEL,
  seq: COUNT,
  initial: optional(yes),
  stale: optional(yes),
});

const EVENTS = record({ time: TIME, events: list(EVENT, BATCH_LIMIT) });
const OVERFLOW = record({ time: TIME, overflow: yes });

/** Whether a frame answers a request of that verb, with a result or with an error. */
export function isAnswer(verb: Verb, frame: Fields): boolean {
  return Object.hasOwn(frame, "error") ? ERROR(frame.error) : RESULTS[verb](frame.result);
}

/** Whether a frame is one of a watch that goes on, its end included. */
export function isWatchFrame(frame: Fields): boolean {
  if (Object.hasOwn(frame, "error")) return ERROR(frame.error);
  if (Object.hasOwn(frame, "end")) return TEXT(frame.end);
  return EVENTS(frame) || OVERFLOW(frame);
}
