/** Handle names: `@1` is domain 1's handle, `@1/b` another one of it, `@/b` another one of this domain. @module */

import { UsageError } from "../errors.ts";
import { parseDomid } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";

/** The handle that a statement acts on. */
export interface HandleName {
  /** Undefined: this domain. */
  readonly domain: Domid | undefined;
  /** Which of the domain's handles; empty: the default one. */
  readonly label: string;
}

/** This domain's default handle, which a statement without `@` acts on. */
export const OWN: HandleName = { domain: undefined, label: "" };

const HANDLE = /^@([^/]*)(?:\/([A-Za-z0-9_-]+))?$/;

/** @throws {UsageError} If the text is no handle's name. */
export function parseHandleName(text: string): HandleName {
  const match = HANDLE.exec(text);
  if (!match || text === "@") {
    throw new UsageError(`Cannot use "${text}" as a handle: expected @DOMAIN, @DOMAIN/NAME or @/NAME`);
  }
  const [, domain, label = ""] = match;
  const number = domain === "" ? undefined : parseDomid(domain);
  return { domain: number === DOMID_SELF ? undefined : number, label };
}

/** The name as a script writes it; `@self` for {@linkcode OWN}. */
export function handleText({ domain, label }: HandleName): string {
  const who = domain === undefined ? label === "" ? "self" : "" : domain;
  return `@${who}${label === "" ? "" : `/${label}`}`;
}
