/** What a simulated host answers to a script that changes it. @module */

import { failed, type Result } from "../../ffi/syscalls.ts";
import type { Argument } from "../cli/verb.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import { parseDomid } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";

/**
 * The answer, where it is not an errno.
 *
 * @param hints What each errno means for this verb.
 * @throws {DeviceError} If it is.
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

function parseNumber(text: string): Domid {
  const domain = parseDomid(text);
  if (domain === DOMID_SELF) throw new UsageError(`Cannot use "${text}" here: expected a domain's number`);
  return domain;
}

/** `DOM` by its number, not `self`. */
export const OTHER_DOMAIN: Argument<Domid> = { placeholder: "DOM", brief: "A domain's id", parse: parseNumber };

/** What an errno of the simulated xenstore means. */
export function storeHints(answer: Result): Readonly<Record<string, string | undefined>> {
  if (!failed(answer)) return {};
  return {
    [answer]: explain("xenstore", answer),
    ENOTSUP: "only sim:linux has a xenstore",
    ENOENT: "the node above it is not there",
  };
}
