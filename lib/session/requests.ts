/** What a client may ask of a session: arguments, results and handlers of every verb. @module */

import { PAGE_BYTES, PORT_BYTES } from "../../ffi/abi.ts";
import type { Errno, Result as CallResult } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Wanted } from "../handle/watcher.ts";
import { parseChannel, parseDomainName } from "../parse.ts";
import { DEVICE_KIND_NAMES, FAULTS } from "../sim/toolstack/names.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import { type Awaitable, type Channel, type Domid, DOMID_FIRST_RESERVED } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { type FileText, isKernelFile, NAMES_LIMIT } from "../view/kernel_files.ts";
import type { PortStatus } from "../view/port_status.ts";
import { DUMP_KEYS } from "../view/xen_control.ts";
import {
  both,
  CHANNEL,
  type Checked,
  COUNT,
  DOMAIN,
  either,
  ERRNO,
  ID,
  isRecord,
  list,
  NOTHING,
  oneOf,
  optional,
  PORTS,
  record,
  type Rule,
  type Rules,
  STORE_PATH,
  TEXT,
  text,
  U32,
  type Values,
  whole,
  YES_OR_NO,
} from "./rules.ts";

/** What a handler returns if it answers the request itself, at a later time. */
export const LATER: unique symbol = Symbol("answered later");

/** What the handler of one request can use. */
export interface Caller {
  /** The handle, and the view, of the domain that the client acts as. */
  handle(): Awaitable<SharedHandle>;
  view(): Awaitable<HostView>;
  /**
   * The simulated host and the number of the client's domain in it, for a verb.
   *
   * @throws {UsageError} If the session holds a real device.
   */
  world(verb: string): { readonly world: SimulatedWorld; readonly domain: Domid };
  /** Makes and destroys domains, as {@linkcode SimulatedWorld}. Who watches a destroyed one is told. */
  create(domain: Domid, name: string | undefined): Awaitable<CallResult>;
  destroy(domain: Domid, held: boolean | undefined): Awaitable<CallResult>;
  /** Answers, then sends the paths that change. */
  watchStore(path: string): Promise<typeof LATER>;
  /** Answers when the poll ends; a poll that does not wait is answered before the next request. */
  poll(events: number, timeout: number): Promise<typeof LATER>;
  /** Answers, then sends events. */
  watch(wanted: Wanted): Promise<typeof LATER>;
  /** Resolves when the watch or poll with that id has ended. */
  cancel(id: number): Promise<void>;
  /** Ends the session, then answers. */
  stop(): typeof LATER;
  /** What the session is. */
  about(): Promise<About>;
}

/** What a session is. */
export type About = Checked<typeof ABOUT>;

/** What a handler returns. Nothing is carried as null. */
type Answer<T> = Awaitable<T | (null extends T ? void : never) | typeof LATER>;

/**
 * What an answer waits for: the session alone, what it looks at (xenstore may be slow), or an event. Requests that wait
 * for a view are answered before the next request.
 */
export type WaitsFor = "session" | "view" | "event";

interface Definition<R extends Rules, T> {
  readonly args: R;
  readonly result: Rule<T>;
  waitsFor(args: Values<R>): WaitsFor;
  answer(caller: Caller, args: Values<R>): Answer<T>;
}

const onCaller = <R extends Rules, T>(
  args: R,
  result: Rule<T>,
  answer: (caller: Caller, args: Values<R>) => Answer<T>,
  waitsFor: (args: Values<R>) => WaitsFor = () => "session",
): Definition<R, T> => ({ args, result, waitsFor, answer });

const onHandle = <R extends Rules, T>(
  args: R,
  result: Rule<T>,
  answer: (handle: SharedHandle, args: Values<R>) => Answer<T>,
) => onCaller(args, result, async (caller, args) => await answer(await caller.handle(), args));

const onView = <R extends Rules, T>(
  args: R,
  result: Rule<T>,
  answer: (view: HostView, args: Values<R>) => Answer<T>,
) => onCaller(args, result, async (caller, args) => await answer(await caller.view(), args), () => "view");

const onWorld = <R extends Rules, T>(
  verb: string,
  args: R,
  result: Rule<T>,
  answer: (world: SimulatedWorld, args: Values<R>, domain: Domid) => Answer<T>,
) =>
  onCaller(args, result, (caller, args) => {
    const { world, domain } = caller.world(verb);
    return answer(world, args, domain);
  });

/** The most ports of a domain, and the most names below one node of xenstore. */
const ENTRIES_MAX = 131_072;

/** A time that a timer takes, with a fraction for microseconds. */
const MILLISECONDS: Rule<number> = (value): value is number =>
  typeof value === "number" && value >= 0 && value <= 0x7FFF_FFFF;

const POLL_BITS = whole(0, 0x7FFF);

/** What a call of the simulated host returns. */
const ANSWER: Rule<Errno | number> = either(ERRNO, U32);

const NAME: Rule<string> = (value): value is string => {
  try {
    return TEXT(value) && parseDomainName(value) === value;
  } catch {
    return false;
  }
};

/** A channel's name that can be parsed. */
const NAMED_CHANNEL: Rule<string> = (value): value is string => {
  try {
    return CHANNEL(value) && parseChannel(value) !== undefined;
  } catch {
    return false;
  }
};

/** The path of a file that a session shows. */
const KERNEL_FILE: Rule<string> = (value): value is string => TEXT(value) && isKernelFile(value);

const FILE_TEXT: Rule<FileText> = record({ text: TEXT });

const KIND: Rule<Channel["kind"]> = oneOf("port", "virq", "interdomain", "unbound");

const PORT_STATUS: Rule<PortStatus> = both(
  record({ vcpu: U32 }),
  either(
    record({ status: oneOf("closed", "ipi") }),
    record({ status: oneOf("unbound"), remoteDomain: DOMAIN }),
    record({ status: oneOf("interdomain"), remoteDomain: DOMAIN, remotePort: U32 }),
    record({ status: oneOf("pirq"), pirq: U32 }),
    record({ status: oneOf("virq"), virq: U32 }),
  ),
);

const ABOUT = record({
  pid: U32,
  /** A device's path, `sim:linux`, or `descriptor 3`. */
  holds: TEXT,
  /** Microseconds since 1970. */
  since: COUNT,
  /** How many others are connected. */
  clients: COUNT,
  /** Those that have ports; a real device's domain is left out. */
  bound: list(record({ domain: optional(DOMAIN), count: COUNT, ports: optional(PORTS) }), ENTRIES_MAX),
});

const TABLE = {
  "bind-virq": onHandle({ virq: U32 }, U32, (handle, { virq }) => handle.bindVirq(virq)),
  "bind-interdomain": onHandle(
    { domain: DOMAIN, port: U32 },
    U32,
    (handle, { domain, port }) => handle.bindInterdomain(domain, port),
  ),
  "alloc-unbound": onHandle({ domain: DOMAIN }, U32, (handle, { domain }) => handle.allocUnbound(domain)),
  "bind-static": onHandle({ port: U32 }, U32, (handle, { port }) => handle.bindStatic(port)),
  "unbind": onHandle({ port: U32 }, NOTHING, (handle, { port }) => handle.unbind(port)),
  "notify": onHandle({ port: U32 }, NOTHING, (handle, { port }) => handle.notify(port)),
  "unmask": onHandle({ ports: PORTS }, COUNT, (handle, { ports }) => handle.unmask(ports)),
  "unmask-all": onHandle({}, NOTHING, (handle) => handle.unmaskAll()),
  "reset": onHandle({}, NOTHING, (handle) => handle.reset()),
  "restrict": onHandle({ domain: DOMAIN }, NOTHING, (handle, { domain }) => handle.restrict(domain)),
  "read": onHandle(
    { bytes: whole(0, PAGE_BYTES) },
    either(ERRNO, list(U32, PAGE_BYTES / PORT_BYTES)),
    async (handle, { bytes }) => {
      const ports = await handle.read(bytes);
      return typeof ports === "string" ? ports : [...ports];
    },
  ),
  "status": onHandle(
    {},
    list(record({ port: U32, channel: NAMED_CHANNEL, kind: KIND, masked: YES_OR_NO, events: COUNT }), ENTRIES_MAX),
    (handle) => handle.status(),
  ),
  "channel": onHandle(
    { op: text(/^[a-z-]{1,32}$/), channel: CHANNEL },
    record({ port: U32, channel: NAMED_CHANNEL }),
    async (handle, { op, channel }) => {
      const { port, channel: bound } = await handle.findOrBind(op, parseChannel(channel));
      return { port, channel: channelName(bound) };
    },
  ),
  "own-domain": onView({}, either(NOTHING, DOMAIN), (view) => view.ownDomain()),
  "port-status": onView(
    { domain: DOMAIN, port: U32 },
    either(ERRNO, PORT_STATUS),
    async (view, { domain, port }) => await (await view.tables()).status(domain, port),
  ),
  "port-table": onView(
    { domain: DOMAIN },
    list(both(PORT_STATUS, record({ port: U32 })), ENTRIES_MAX),
    async (view, { domain }) => await (await view.tables()).table(domain),
  ),
  "xen-traits": onView(
    {},
    record({
      events: optional(oneOf("2-level", "FIFO")),
      flask: optional(oneOf("enforcing", "permissive", "absent")),
      commandLine: optional(TEXT),
    }),
    async (view) => await (await view.tables()).traits(),
  ),
  "xen-dump": onView({ key: oneOf(...DUMP_KEYS) }, TEXT, async (view, { key }) => await (await view.xen()).dump(key)),
  "xen-domains": onView(
    {},
    list(
      record({ domain: DOMAIN, dying: YES_OR_NO, shutdown: YES_OR_NO, paused: YES_OR_NO, maxVcpu: optional(U32) }),
      DOMID_FIRST_RESERVED,
    ),
    async (view) => await (await view.xen()).domains(),
  ),
  "file-read": onView(
    { path: KERNEL_FILE },
    either(ERRNO, FILE_TEXT),
    async (view, { path }) => await view.files().read(path),
  ),
  "file-list": onView(
    { path: KERNEL_FILE },
    either(ERRNO, list(TEXT, NAMES_LIMIT)),
    async (view, { path }) => await view.files().list(path),
  ),
  "file-link": onView(
    { path: KERNEL_FILE },
    either(ERRNO, FILE_TEXT),
    async (view, { path }) => await view.files().link(path),
  ),
  "store-timeout": onView(
    { milliseconds: MILLISECONDS },
    NOTHING,
    (view, { milliseconds }) => view.setStoreTimeout(milliseconds),
  ),
  "store-read": onView(
    { path: STORE_PATH },
    either(NOTHING, TEXT),
    async (view, { path }) => await (await view.store()).read(path),
  ),
  "store-directory": onView(
    { path: STORE_PATH },
    either(NOTHING, list(TEXT, ENTRIES_MAX)),
    async (view, { path }) => await (await view.store()).directory(path),
  ),
  "store-watch": onCaller({ path: STORE_PATH }, NOTHING, (caller, { path }) => caller.watchStore(path), () => "view"),
  "raise": onWorld("raise", { virq: U32 }, ANSWER, (world, { virq }, domain) => world.raise(virq, domain)),
  "create": onCaller(
    { domain: DOMAIN, name: optional(NAME) },
    ANSWER,
    (caller, { domain, name }) => caller.create(domain, name),
  ),
  "destroy": onCaller(
    { domain: DOMAIN, held: optional(YES_OR_NO) },
    ANSWER,
    (caller, { domain, held }) => caller.destroy(domain, held),
  ),
  "device": onWorld(
    "device",
    {
      kind: oneOf(...DEVICE_KIND_NAMES),
      domain: DOMAIN,
      index: optional(U32),
      backend: DOMAIN,
      queues: optional(U32),
      fault: optional(oneOf(...FAULTS)),
    },
    either(ERRNO, record({ device: TEXT, backend: DOMAIN, ports: list(U32, ENTRIES_MAX) })),
    (world, request) => world.createDevice(request),
  ),
  "store-write": onWorld(
    "store-write",
    { path: TEXT, value: TEXT },
    ANSWER,
    (world, { path, value }, domain) => world.writeStore(domain, path, value),
  ),
  "store-rm": onWorld("store-rm", { path: TEXT }, ANSWER, (world, { path }, domain) => world.removeStore(domain, path)),
  "poll": onCaller(
    { events: POLL_BITS, timeout: whole(-1, 0x7FFF_FFFF) },
    either(ERRNO, POLL_BITS),
    (caller, { events, timeout }) => caller.poll(events, timeout),
    ({ timeout }) => timeout === 0 ? "session" : "event",
  ),
  "watch": onCaller(
    { ports: optional(PORTS), limit: optional(whole(1, 0xFFFF_FFFF)), unmask: optional(YES_OR_NO) },
    NOTHING,
    (caller, { ports, limit, unmask }) => caller.watch({ ports: ports && new Set(ports), limit, unmask }),
  ),
  "cancel": onCaller({ id: ID }, NOTHING, (caller, { id }) => caller.cancel(id)),
  "stop": onCaller({}, NOTHING, (caller) => caller.stop()),
  "about": onCaller({}, ABOUT, (caller) => caller.about()),
};

export type Verb = keyof typeof TABLE;
export type Args<V extends Verb> = Values<(typeof TABLE)[V]["args"]>;
export type Result<V extends Verb> = Checked<(typeof TABLE)[V]["result"]>;

const REQUESTS: { readonly [V in Verb]: Definition<(typeof TABLE)[V]["args"], Result<V>> } = TABLE;

export interface Request<V extends Verb = Verb> {
  readonly id: number;
  readonly verb: V;
  readonly args: Args<V>;
  readonly as?: Domid;
}

export interface Refused {
  /** Null if the line has no valid id: the connection is then closed. */
  readonly id: number | null;
  readonly refused: string;
}

export async function answer<V extends Verb>(caller: Caller, { verb, args }: Request<V>): Promise<unknown> {
  return await REQUESTS[verb].answer(caller, args);
}

export function resultRule<V extends Verb>(verb: V): Rule<Result<V>> {
  return REQUESTS[verb].result;
}

export function waitsFor<V extends Verb>(verb: V, args: Args<V>): WaitsFor {
  return REQUESTS[verb].waitsFor(args);
}

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
  if (typeof verb !== "string" || !Object.hasOwn(REQUESTS, verb)) {
    return { id, refused: `Cannot do ${quoted(verb)}: there is no such verb` };
  }
  if (as !== undefined && !DOMAIN(as)) return { id, refused: `Cannot act as ${quoted(as)}: it is no domain` };
  const extra = Object.keys(value).find((name) => !["id", "verb", "args", "as"].includes(name));
  if (extra !== undefined) return { id, refused: `Cannot do "${verb}": a request has no ${quoted(extra)}` };
  const refused = refusedArgument(verb as Verb, args);
  if (refused !== undefined) return { id, refused };
  return { id, verb, args, as } as Request;
}

function refusedArgument(verb: Verb, args: unknown): string | undefined {
  if (!isRecord(args)) return `Cannot do "${verb}": its args are no object`;
  const rules: Rules = REQUESTS[verb].args;
  for (const [name, rule] of Object.entries(rules)) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (!rule(value)) return `Cannot do "${verb}" with ${name} ${quoted(value)}`;
  }
  const extra = Object.keys(args).find((name) => !Object.hasOwn(rules, name));
  return extra === undefined ? undefined : `Cannot do "${verb}" with ${quoted(extra)}: it has no such argument`;
}

function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length <= 64 ? json : `${json.slice(0, 61)}...`;
}
