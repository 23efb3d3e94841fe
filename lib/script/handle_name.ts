/**
 * `@` names who acts: `@1` domain 1's handle, `@1/b` a second one of it, `@/b` a second one of one's own domain.
 * @module
 */

import { UsageError } from "../errors.ts";
import { parseDomid } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";

/** Whose handle a statement acts on. */
export interface HandleName {
  /** The domain; undefined: one's own. */
  readonly domain: Domid | undefined;
  /** Which of the domain's handles; empty: the first. */
  readonly label: string;
}

/** One's own domain's first handle: what a statement without `@` acts on. */
export const OWN: HandleName = { domain: undefined, label: "" };

const HANDLE = /^@([^/]*)(?:\/([A-Za-z0-9_-]+))?$/;

/**
 * Reads a handle's name.
 *
 * @throws {UsageError} If it is none.
 */
export function parseHandleName(text: string): HandleName {
  const match = HANDLE.exec(text);
  if (!match || text === "@") {
    throw new UsageError(`Cannot use "${text}" as a handle: expected @DOMAIN, @DOMAIN/NAME or @/NAME`);
  }
  const [, domain, label = ""] = match;
  const domid = domain === "" ? DOMID_SELF : parseDomid(domain);
  return { domain: domid === DOMID_SELF ? undefined : domid, label };
}

/** The name as it is written; `@self` for one's own domain's first handle. */
export function handleText({ domain, label }: HandleName): string {
  const who = domain === undefined ? label === "" ? "self" : "" : domain;
  return `@${who}${label === "" ? "" : `/${label}`}`;
}
