/** Protocol lines of a server, to what asks something of it. @module */

import { assert } from "@std/assert";
import fc from "fast-check";
import { RemoteDevice } from "../../lib/session/client.ts";
import { encode, LINE_LIMIT, PROTOCOL, VERSION } from "../../lib/session/protocol.ts";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { readLines } from "../../lib/session/lines.ts";
import type { Verb } from "../../lib/session/requests.ts";
import { never, withListener } from "../support/sessions.ts";
import { bytesOf, byteText, type Damage, damage, damaged, damages } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { PatientClock, runHostile, SOCKET_TURNS } from "./machine.ts";
import { asks as asksOf, assertWellEnded } from "./property.ts";
import { anything } from "./words.ts";

export const HELLO = encode({ protocol: PROTOCOL, version: VERSION, system: "linux" });

export const EVENT = { port: 7, channel: "5:12", seq: 1 };

/** Values of the kinds that answers have, and of others. */
const value = fc.oneof(
  fc.constantFrom(null, 0, 7, -1, 0.5, 2 ** 32, "EAGAIN", "E", "x\n\x1b[1m", true, [], {}, [7, 28], [-1], [null]),
  fc.constantFrom({ port: 7, channel: "5:12" }, { port: "7", channel: "5:12" }, { port: 7, channel: "a b" }),
  fc.constantFrom([{ port: 7, channel: "5:12", kind: "interdomain", masked: false, events: 0 }], [{ port: 7 }]),
  fc.constantFrom({ error: "ENOTCONN", message: "Cannot" }, { error: "usage", message: "x\ny", hint: "h\x1b" }),
  fc.constantFrom({ error: "limit", message: "m" }, { error: 1, message: { toString: 1 } }, {
    error: "x",
    message: [],
  }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A frame that a server may say to the request of that id; 0 stands for the id of the request. */
const frame = fc.oneof(
  fc.record({ id: fc.constant(0), result: value }),
  fc.record({ id: fc.constant(0), error: value }),
  fc.record({
    id: fc.constantFrom(0, 0, 0, 99, null),
    time: fc.oneof(fc.constantFrom(5, 1767322445678901, 1e300, -1, null, "x"), fc.jsonValue()),
    events: fc.oneof(
      fc.array(fc.record({ ...constants(EVENT), initial: fc.constantFrom(true, false), x: value }), { maxLength: 3 }),
      fc.array(value, { maxLength: 3 }),
      value,
    ),
  }, { requiredKeys: ["id"] }),
  fc.record({ id: fc.constant(0), time: fc.constantFrom(5, "5"), overflow: fc.constantFrom(true, 1) }),
  fc.record({ id: fc.constant(0), end: fc.oneof(fc.constantFrom("limit", "cancelled", "stopped"), value) }),
  fc.record({ result: value }),
);

function constants<T extends object>(of: T) {
  return Object.fromEntries(Object.entries(of).map(([name, each]) => [name, fc.constant(each)]));
}

/** Stands for what the session would answer. */
export const SOUND = "SOUND";

const line = fc.oneof(
  { weight: 6, arbitrary: fc.constant(SOUND) },
  { weight: 4, arbitrary: frame.map((each) => JSON.stringify(each)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anything },
);

/** Text that a guest may have written to xenstore. */
const WRITTEN = [
  "4",
  "7",
  "guest",
  "x\n\x1b[31m\u202e\u200b",
  "\ufffe\0",
  "9".repeat(2048),
  "/local/domain/0/backend/vif/1/0",
];

const NAMES = [
  "0",
  "1",
  "5",
  "device",
  "vif",
  "vbd",
  "queue-0",
  "event-channel",
  "state",
  "backend",
  "a\x1b[1m",
  "__proto__",
];

const PORTS = [
  { port: 7, status: "interdomain", vcpu: 0, remoteDomain: 1, remotePort: 3 },
  { port: 8, status: "virq", vcpu: 0, virq: 3 },
  { port: 9, status: "unbound", vcpu: 4294967295, remoteDomain: 32751 },
];

/** Sound answers to each request. */
const RESULTS: Readonly<Record<Verb, readonly unknown[]>> = {
  "bind-virq": [7],
  "bind-interdomain": [7],
  "alloc-unbound": [7],
  "bind-static": [7],
  "unbind": [null],
  "notify": [null],
  "unmask": [4],
  "unmask-all": [null],
  "reset": [null],
  "restrict": [null],
  "read": ["EAGAIN", [7, 28]],
  "poll": [5, "EINVAL"],
  "status": [[{ port: 7, channel: "5:12", kind: "interdomain", masked: false, events: 0 }], []],
  "channel": [{ port: 7, channel: "5:12" }],
  "watch": [null],
  "cancel": [null],
  "stop": [null],
  "own-domain": [0, null],
  "port-status": [...PORTS.map(({ port: _, ...status }) => status), "ESRCH"],
  "port-table": [PORTS, []],
  "xen-traits": [{ events: "FIFO", flask: "absent", commandLine: "xsm=silo" }, {}],
  "xen-dump": WRITTEN,
  "xen-domains": [[{ domain: 1, dying: false, shutdown: true, paused: false, maxVcpu: 3 }], []],
  "store-read": [...WRITTEN, null],
  "store-directory": [NAMES, NAMES.slice(0, 3), [], null],
  "file-read": [...WRITTEN.map((text) => ({ text })), "ENOENT"],
  "file-list": [NAMES, [], "ENOTDIR"],
  "file-link": [...WRITTEN.map((text) => ({ text })), "EINVAL"],
  "store-timeout": [null],
  "store-watch": [null],
  "raise": [27, 0, "EINVAL"],
  "create": [9, "EEXIST"],
  "destroy": [0, "ESRCH"],
  "device": [{ device: "vif/0", backend: 0, ports: [27, 28] }, "ENOSPC"],
  "store-write": [0, "EQUOTA"],
  "store-rm": [0, "ENOENT"],
  "about": WRITTEN.map((holds) => ({ pid: 7, holds, since: 0, clients: 0, bound: [{ domain: 0, count: 2 }] })),
};

/** A line, and what is damaged in it. */
interface Answer {
  readonly line: string;
  readonly damages?: readonly Damage[];
}

/** What a server says: first, then to each request, and after how many it hangs up. */
export interface Lies {
  readonly hello: string;
  /** The lines to the first request, to the second, ...; and to the first again after the last. */
  readonly answers: readonly (readonly Answer[])[];
  readonly requests: number;
  /** Which of the sound answers it gives. */
  readonly choice?: number;
}

/** Says hello, and to each request its lines; then hangs up. All it says is bytes, as characters. */
export function liar({ hello, answers, requests, choice = 0 }: Lies) {
  return async (conn: Deno.Conn) => {
    await conn.write(bytesOf(hello));
    let seen = 0;
    for await (const request of readLines(conn, LINE_LIMIT)) {
      const { id, verb } = JSON.parse(request);
      const results = RESULTS[verb as Verb];
      const sound = byteText(JSON.stringify({ id, result: results[(choice + seen) % results.length] }));
      for (const { line, damages = [] } of answers[seen % answers.length] ?? []) {
        const text = line === SOUND ? sound : byteText(line).replace('"id":0', `"id":${id}`);
        await conn.write(bytesOf(damage(text, damages) + "\n"));
      }
      if (++seen >= requests) return;
    }
  };
}

/** All that can be asked of a session. */
const ASK: readonly ((device: RemoteDevice) => unknown)[] = [
  (device) => device.bindVirq(7),
  (device) => device.bindInterdomain(5, 12),
  (device) => device.unbind(7),
  (device) => device.unmask([7]),
  (device) => device.reset(),
  (device) => device.read(),
  (device) => device.poll(1, 5),
  (device) => device.status(),
  (device) => device.findOrBind("notify", { kind: "interdomain", domain: 5, port: 12 }),
  async (device) => {
    const watch = await device.subscribe({});
    for (let delivery = await watch.next(never()); delivery; delivery = await watch.next(never())) {
      assert(Number.isSafeInteger(delivery.time));
      if (delivery.kind !== "events") continue;
      for (const { port, seq, channel } of delivery.events) assert(port >= 0 && seq >= 0 && "kind" in channel);
    }
  },
  (device) => device.stop(),
];

const said = fc.oneof({ weight: 3, arbitrary: fc.record({ line }) }, fc.record({ line, damages: damages(2) }));

const hello = fc.oneof(
  { weight: 12, arbitrary: fc.constant(HELLO) },
  damaged(fc.constant(HELLO)),
  damaged(frame.map((each) => JSON.stringify(each) + "\n"), 0),
);

const lies: fc.Arbitrary<Lies> = fc.record({
  hello,
  answers: fc.array(fc.array(said, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  requests: fc.integer({ min: 1, max: 30 }),
  choice: fc.nat(5),
});

/** Whether the session was believed so far that its own words were the answer. */
const believed = (told: string) => !/EPROTO|ECONNRESET|ECONNABORTED/.test(told);

const COMMANDS = [
  "bind-virq tbuf --hold 0s",
  "notify 5:12 --count 2",
  "watch 5:12 -n 2 --banner",
  "watch -t elapsed",
  "status",
  "read",
  "poll --timeout 1s",
  "session stop",
  "unmask 7",
  "run -e status -e watch",
  "list",
  "list 1",
  "wiring",
  "wiring 1 --format mermaid",
  "wiring --format dot",
  "why 1:7",
  "wait 5:12 --timeout 1s",
  "top 5:12 -n 2 --interval 10ms",
  "ping 5:12 -n 2 --timeout 5ms",
];

/** Lines to what asks through the library. */
const asked = fc.record({ lies, ask: fc.nat(ASK.length - 1) });

/** Lines to a command. */
const commanded = fc.record({ lies, command: fc.constantFrom(...COMMANDS), json: fc.boolean() });

export const SERVERS: Kind<{ lies: Lies; ask: number } | { lies: Lies; command: string; json: boolean }> = {
  name: "lines of servers",
  input: fc.oneof(asked, commanded),
  async check(input) {
    let understood = false;
    // A watch that is asked for through the library waits for ever where nobody hangs up.
    const lies = "ask" in input ? { ...input.lies, requests: 1 } : input.lies;
    await withListener(liar(lies), async (socket) => {
      understood = "ask" in input
        ? await asks(socket, ASK[input.ask])
        : await commands(socket, input.command, input.json);
    });
    return understood;
  },
};

async function asks(socket: string, ask: typeof ASK[number]): Promise<boolean> {
  let error: unknown;
  try {
    const device = await RemoteDevice.connect(socket, undefined, new PatientClock(SOCKET_TURNS));
    error = await Promise.try(() => ask(device)).then(() => undefined, (error) => error);
    await device.close();
  } catch (refused) {
    error = refused;
  }
  assert(error === undefined || error instanceof DeviceError || error instanceof UsageError, String(error));
  return believed(String(error));
}

async function commands(socket: string, command: string, json: boolean): Promise<boolean> {
  const words = [...command.split(" "), "--session", socket, ...json ? ["--json"] : []];
  const outcome = await runHostile(words, { patience: 300, sockets: true });
  assertWellEnded(outcome, { ...asksOf(words), verbatim: false });
  return believed(outcome.stderr);
}
