/**
 * How every test is registered.
 *
 * @module
 */

/** Registers a test that may leave no timer, promise or resource behind. */
export function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true });
}
