/** Errors of statements that change the simulated host. @module */

import { failed, type Result } from "../../ffi/syscalls.ts";
import type { Argument } from "../cli/verb.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import { parseDomain, parseDomid } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";

/**
 * Returns the answer if it is no errno.
 *
 * @param hints The hint for each errno.
 * @throws {DeviceError} If it is an errno.
 */
export function orRefused(
  op: string,
  subject: string,
  action: string,
  hints: Readonly<Record<string, string | undefined>>,
  answer: Result,
): number {
  if (failed(answer)) throw new DeviceError(op, answer, subject, action, hints[answer]);
  return answer;
}

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

/** The hint for ENOTSUP of what needs a simulated xenstore. */
export const NO_STORE = "only sim:linux has a xenstore";

/** Hints for the errnos of the simulated xenstore. */
export function storeHints(answer: Result): Readonly<Record<string, string | undefined>> {
  if (!failed(answer)) return {};
  return {
    [answer]: explain("xenstore", answer),
    ENOTSUP: NO_STORE,
    ENOENT: "the parent node does not exist",
  };
}
