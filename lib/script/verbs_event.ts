/**
 * Verbs that send events and let ports fire.
 *
 * @module
 */

import { after } from "../awaitable.ts";
import { findOrBind } from "../handle/bind.ts";
import { notifyAgain } from "../handle/notify.ts";
import { parseChannel, parseCount, parsePeriod, parsePort } from "../parse.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Awaitable, Channel, Port } from "../types.ts";
import { expectWords, list, takeOptions, valueOf } from "./arguments.ts";
import { forEach, onHandle, type Outcome, type Scope, type Verb } from "./verb.ts";

/** The verbs of this file. */
export const EVENT_VERBS: Readonly<Record<string, Verb>> = {
  "notify": {
    usage: "notify [--count N] [--interval P] CHANNEL...",
    brief: "Send an event",
    ports: true,
    parse(words) {
      const { options, rest } = takeOptions(words, { string: ["count", "interval"] });
      const channels = list(rest, "CHANNEL", parseChannel);
      const count = valueOf(options.count, (text) => parseCount(text));
      const interval = valueOf(options.interval, parsePeriod);
      return onHandle((handle, scope) =>
        after(portsOf(handle, channels), (ports) => notifies(handle, ports, count, interval, scope))
      );
    },
  },
  "unmask": {
    usage: "unmask PORT...",
    brief: "Let ports fire again, with one write(2)",
    parse(words) {
      const ports = list(takeOptions(words).rest, "PORT", parsePort);
      return onHandle((handle) => after(handle.unmask(ports), (bytes) => ({ record: { op: "unmask", bytes } })));
    },
  },
  "reset": {
    usage: "reset [--unmask]",
    brief: "Empty the handle's ring and clear an overflow",
    parse(words) {
      const { options, rest } = takeOptions(words, { boolean: ["unmask"] });
      expectWords(rest, []);
      const outcome: Outcome = { record: { op: "reset" } };
      return onHandle((handle) =>
        after(handle.reset(), () => options.unmask ? after(handle.unmaskAll(), () => outcome) : outcome)
      );
    },
  },
};

/** The ports of channels. The driver itself answers for a port that is not the handle's. */
function portsOf(handle: SharedHandle, channels: readonly Channel[]): Awaitable<Port[]> {
  if (channels.every(({ kind }) => kind === "port")) {
    return channels.map((channel) => (channel as Extract<Channel, { kind: "port" }>).port);
  }
  return bindAll(handle, channels);
}

async function bindAll(handle: SharedHandle, channels: readonly Channel[]): Promise<Port[]> {
  const ports: Port[] = [];
  for (const channel of channels) {
    ports.push(channel.kind === "port" ? channel.port : (await findOrBind(handle, "notify", channel)).port);
  }
  return ports;
}

function notifies(
  handle: SharedHandle,
  ports: readonly Port[],
  count: number | undefined,
  interval: number | undefined,
  { carrier, signal }: Scope,
): Awaitable<Outcome> {
  const named = ports.length === 1 ? { port: ports[0] } : { ports };
  const outcome: Outcome = { record: { op: "notify", ...named, count }, ports };
  if (count === undefined || count === 1) return after(forEach(ports, (port) => handle.notify(port)), () => outcome);
  return notifyAgain(handle, ports, { count, interval, clock: carrier.clock, signal }).then(() => outcome);
}
