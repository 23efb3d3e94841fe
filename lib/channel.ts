/**
 * How a channel is written, for people and in records.
 *
 * @module
 */

import { type Channel, type Domid, DOMID_SELF } from "./types.ts";
import { virqName } from "./virq.ts";

/** A domain's id as it is written: decimal, or `self`. */
export function domainName(domain: Domid): string {
  return domain === DOMID_SELF ? "self" : String(domain);
}

/** The channel as a user would write it: `7`, `virq:dom_exc`, `5:12`, `5:any`. */
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
