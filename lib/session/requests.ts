/**
 * What may be asked of a session: verbs, their arguments, their ranges. Nothing is used that has not passed here.
 *
 * @module
 */

import { PAGE_BYTES } from "../../ffi/abi.ts";
import type { Domid } from "../types.ts";
import {
  CHANNEL,
  DOMAIN,
  ID,
  isRecord,
  optional,
  PORTS,
  type Rule,
  STORE_PATH,
  text,
  U32,
  whole,
  YES_OR_NO,
} from "./rules.ts";

/** The arguments of each verb. */
const VERBS = {
  "bind-virq": { virq: U32 },
  "bind-interdomain": { domain: DOMAIN, port: U32 },
  "alloc-unbound": { domain: DOMAIN },
  "unbind": { port: U32 },
  "notify": { port: U32 },
  "unmask": { ports: PORTS },
  "unmask-all": {},
  "reset": {},
  "restrict": { domain: DOMAIN },
  "read": { bytes: whole(0, PAGE_BYTES) },
  "poll": { events: whole(0, 0x7FFF), timeout: whole(-1, 0x7FFF_FFFF) },
  "status": {},
  "own-domain": {},
  "port-status": { domain: DOMAIN, port: U32 },
  "port-table": { domain: DOMAIN },
  "store-read": { path: STORE_PATH },
  "store-directory": { path: STORE_PATH },
  "channel": { op: text(/^[a-z-]{1,32}$/), channel: CHANNEL },
  "watch": { ports: optional(PORTS), limit: optional(whole(1, 0xFFFF_FFFF)), unmask: optional(YES_OR_NO) },
  "cancel": { id: ID },
  "stop": {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, Rule<unknown>>>>>;

/** What can be asked for. */
export type Verb = keyof typeof VERBS;

/** The arguments of a verb. */
export type Args<V extends Verb> = {
  readonly [K in keyof (typeof VERBS)[V]]: (typeof VERBS)[V][K] extends Rule<infer T> ? T : never;
};

/** A request whose verb and arguments are valid. */
export type Request = {
  [V in Verb]: { readonly id: number; readonly verb: V; readonly args: Args<V>; readonly as?: Domid };
}[Verb];

/** A line that is no request. */
export interface Refused {
  /** The id that it has; null for none, after which nothing else of the client can be trusted. */
  readonly id: number | null;
  /** What is wrong with it. */
  readonly refused: string;
}

/** Reads a line, without its newline, as a request. */
export function parseRequest(line: string): Request | Refused {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { id: null, refused: "Cannot read a request: it is no JSON" };
  }
  if (!isRecord(value)) return { id: null, refused: "Cannot read a request: it is no object" };
  const { id, verb, args, as } = value;
  if (!ID(id)) return { id: null, refused: `Cannot read a request: its id is no whole number from 0` };
  if (typeof verb !== "string" || !Object.hasOwn(VERBS, verb)) {
    return { id, refused: `Cannot do ${quoted(verb)}: there is no such verb` };
  }
  if (as !== undefined && !DOMAIN(as)) return { id, refused: `Cannot act as ${quoted(as)}: it is no domain` };
  const extra = Object.keys(value).find((name) => !["id", "verb", "args", "as"].includes(name));
  if (extra !== undefined) return { id, refused: `Cannot do "${verb}": a request has no ${quoted(extra)}` };
  const refused = refusedArgument(verb as Verb, args);
  if (refused !== undefined) return { id, refused };
  return { id, verb, args, as } as Request;
}

/** What is wrong with the arguments of a verb; undefined: nothing. */
function refusedArgument(verb: Verb, args: unknown): string | undefined {
  if (!isRecord(args)) return `Cannot do "${verb}": its args are no object`;
  const rules: Readonly<Record<string, Rule<unknown>>> = VERBS[verb];
  for (const [name, rule] of Object.entries(rules)) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (!rule(value)) return `Cannot do "${verb}" with ${name} ${quoted(value)}`;
  }
  const extra = Object.keys(args).find((name) => !Object.hasOwn(rules, name));
  return extra === undefined ? undefined : `Cannot do "${verb}" with ${quoted(extra)}: it has no such argument`;
}

/** A value as it is quoted in a message, cut where it is long. */
function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length <= 64 ? json : `${json.slice(0, 61)}...`;
}
