/**
 * How every test is registered.
 *
 * @module
 */

import { checkRecords, forgetRecords } from "./records.ts";

/** Registers a test that may leave no timer, promise or resource behind, and whose records are as the schema has them. */
export function test(name: string, fn: () => void | Promise<void>): void {
  const checked = async () => {
    try {
      await fn();
      await checkRecords();
    } finally {
      forgetRecords();
    }
  };
  Deno.test({ name, fn: checked, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true });
}
