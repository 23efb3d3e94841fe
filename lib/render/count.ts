/** Counts in sentences. @module */

/** A count and its noun, as in `1 port` or `2 ports`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
