/** How channels and domains are written. @module */

import { type Channel, type Domid, DOMID_SELF } from "./types.ts";
import { virqName } from "./virq.ts";

export function domainName(domain: Domid): string {
  return domain === DOMID_SELF ? "self" : String(domain);
}

/** `7`, `virq:dom_exc`, `5:12` or `5:any`: the reverse of `parseChannel`. */
export function channelName(channel: Channel): string {
  switch (channel.kind) {
    case "port":
      return String(channel.port);
    case "virq":
      return `virq:${virqName(channel.virq)}`;
    case "interdomain":
      return `${domainName(channel.domain)}:${channel.port}`;
    case "unbound":
      return `${domainName(channel.domain)}:any`;
  }
}
