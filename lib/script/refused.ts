/** Errors of statements that change the simulated host. @module */

import { failed, type Result } from "../../ffi/syscalls.ts";
import type { Argument } from "../cli/verb.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import { parseDomid } from "../parse.ts";
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

function parseDomain(text: string): Domid {
  const domain = parseDomid(text);
  if (domain === DOMID_SELF) throw new UsageError(`Cannot use "${text}" here: expected a domain's number`);
  return domain;
}

/** A domain's number, not `self`. */
export const OTHER_DOMAIN: Argument<Domid> = { placeholder: "DOM", brief: "A domain's id", parse: parseDomain };

/** Hints for the errnos of the simulated xenstore. */
export function storeHints(answer: Result): Readonly<Record<string, string | undefined>> {
  if (!failed(answer)) return {};
  return {
    [answer]: explain("xenstore", answer),
    ENOTSUP: "only sim:linux has a xenstore",
    ENOENT: "the parent node does not exist",
  };
}
