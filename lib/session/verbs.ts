/**
 * The verbs that are answered at once, as calls of a handle.
 *
 * @module
 */

import { findOrBind } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import { parseChannel } from "../parse.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Args, Request, Verb } from "./requests.ts";
import type { ViewVerb } from "./views.ts";

/** The verbs that need more than the handle: they wait, or end what waits. */
type Waiting = "poll" | "watch" | "cancel" | "stop";

/** The verbs of a handle. */
type HandleVerb = Exclude<Verb, Waiting | ViewVerb>;

const VERBS: { readonly [V in HandleVerb]: (handle: SharedHandle, args: Args<V>) => unknown } = {
  "bind-virq": (handle, { virq }) => handle.bindVirq(virq),
  "bind-interdomain": (handle, { domain, port }) => handle.bindInterdomain(domain, port),
  "alloc-unbound": (handle, { domain }) => handle.allocUnbound(domain),
  "unbind": (handle, { port }) => handle.unbind(port),
  "notify": (handle, { port }) => handle.notify(port),
  "unmask": (handle, { ports }) => handle.unmask(ports),
  "unmask-all": (handle) => handle.unmaskAll(),
  "reset": (handle) => handle.reset(),
  "restrict": (handle, { domain }) => handle.restrict(domain),
  "read": async (handle, { bytes }) => {
    const ports = await handle.read(bytes);
    return typeof ports === "string" ? ports : [...ports];
  },
  "status": (handle) => handle.status(),
  "channel": async (handle, { op, channel }) => {
    const binding = await findOrBind(handle, op, parseChannel(channel));
    return { port: binding.port, channel: channelName(binding.channel) };
  },
};

/** A request that is answered at once. */
export type Immediate = Extract<Request, { readonly verb: HandleVerb }>;

/**
 * Does what a request asks for.
 *
 * @returns The result as it is carried.
 * @throws {DeviceError | UsageError} What the verb fails with.
 */
export async function perform(handle: SharedHandle, { verb, args }: Immediate): Promise<unknown> {
  const does = VERBS[verb] as (handle: SharedHandle, args: unknown) => unknown;
  return await does(handle, args) ?? null;
}
