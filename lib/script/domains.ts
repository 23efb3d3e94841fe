/** The domains that statements name which change the simulated host. @module */

import type { Argument } from "../cli/verb.ts";
import { UsageError } from "../errors.ts";
import { parseDomain, parseDomid } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";

function notSelf<T>(domain: T, text: string): T {
  if (domain === DOMID_SELF) throw new UsageError(`Cannot use "${text}" here: expected a domain's number`);
  return domain;
}

/** A domain's number or name, not `self`. */
export const OTHER_DOMAIN: Argument<Domid> = {
  placeholder: "DOM",
  brief: "A domain's id or name",
  parse: (text) => notSelf(parseDomain(text), text),
  offers: "domains",
};

/** The number of a domain that is made: it has no name yet. */
export const NEW_DOMAIN: Argument<Domid> = {
  placeholder: "DOM",
  brief: "The new domain's id",
  parse: (text) => notSelf(parseDomid(text), text),
};
