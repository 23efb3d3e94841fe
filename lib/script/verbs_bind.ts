/**
 * Verbs that bind, close and restrict.
 *
 * @module
 */

import { after } from "../awaitable.ts";
import { channelName } from "../channel.ts";
import { parseDomid, parsePeer, parsePort, parseVirq } from "../parse.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Awaitable, Channel, Port } from "../types.ts";
import { list, plain, takeOptions } from "./arguments.ts";
import { type Act, forEach, onHandle, type Outcome, type Verb } from "./verb.ts";

type BindOp = "bind-virq" | "bind-interdomain" | "alloc-unbound";

/** The verbs of this file. */
export const BIND_VERBS: Readonly<Record<string, Verb>> = {
  "bind-virq": {
    usage: "bind-virq VIRQ",
    brief: "Bind a virtual interrupt",
    ports: true,
    parse(words) {
      const virq = parseVirq(plain(words, ["VIRQ"])[0]);
      return binds("bind-virq", { kind: "virq", virq }, (handle) => handle.bindVirq(virq));
    },
  },
  "bind-interdomain": {
    usage: "bind-interdomain DOM PORT | DOM:PORT",
    brief: "Bind to a port that a domain offers",
    ports: true,
    parse(words) {
      const [first, second] = plain(words, ["DOM", "PORT"], 1);
      const { domain, port } = parsePeer(first, second);
      const channel: Channel = { kind: "interdomain", domain, port };
      return binds("bind-interdomain", channel, (handle) => handle.bindInterdomain(domain, port));
    },
  },
  "alloc-unbound": {
    usage: "alloc-unbound DOM",
    brief: "Allocate a port that a domain may bind",
    ports: true,
    parse(words) {
      const domain = parseDomid(plain(words, ["DOM"])[0]);
      return binds("alloc-unbound", { kind: "unbound", domain }, (handle) => handle.allocUnbound(domain));
    },
  },
  "unbind": {
    usage: "unbind PORT...",
    brief: "Close ports",
    parse(words) {
      const ports = list(takeOptions(words).rest, "PORT", parsePort);
      const outcome: Outcome = {
        record: ports.length === 1 ? { op: "unbind", port: ports[0] } : { op: "unbind", ports },
      };
      return onHandle((handle) => after(forEach(ports, (port) => handle.unbind(port)), () => outcome));
    },
  },
  "restrict": {
    usage: "restrict DOM",
    brief: "Restrict the handle to binding ports of one domain",
    parse(words) {
      const domain = parseDomid(plain(words, ["DOM"])[0]);
      const outcome: Outcome = { record: { op: "restrict", domain } };
      return onHandle((handle) => after(handle.restrict(domain), () => outcome));
    },
  },
};

function binds(op: BindOp, channel: Channel, bind: (handle: SharedHandle) => Awaitable<Port>): Act {
  const name = channelName(channel);
  return onHandle((handle) =>
    after(bind(handle), (port) => ({ record: { op, port, channel: name }, text: String(port), ports: [port] }))
  );
}
