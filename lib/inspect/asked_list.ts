/**
 * Whose ports a command line or a statement asks for.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Domid } from "../types.ts";

/** What is to be listed. */
export interface AskedList {
  /** Every domain: those that xenstore knows or, where it cannot be asked, those that Xen shows. */
  readonly all?: boolean;
  /** Else these; none: one's own. */
  readonly domains: readonly Domid[];
}

/**
 * What a command line asks for.
 *
 * @throws {UsageError} Both.
 */
export function askedList(all: boolean, domains: readonly Domid[]): AskedList {
  if (!all || domains.length === 0) return { all, domains };
  throw new UsageError("Cannot list --all and domains by number together");
}
