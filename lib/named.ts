/** Values in which a user wrote a domain's name instead of its number. @module */

import type { Domid } from "./types.ts";

/** A value that is known once its domain's name has been looked up. */
export class Named<T> {
  /** `resolve` makes the value from the domain's number. */
  constructor(readonly name: string, readonly resolve: (domain: Domid) => T) {}
}

/** Uses a value, at once or once its domain's name has been looked up. */
export function mapNamed<T, U>(value: T | Named<T>, use: (value: T) => U): U | Named<U> {
  return value instanceof Named ? new Named(value.name, (domain) => use(value.resolve(domain))) : use(value);
}
