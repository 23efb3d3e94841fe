/**
 * Chance that can be had again: draws from fast-check's generator, by seed.
 *
 * @module
 */

import fc from "fast-check";

const RANGE = 0x8000_0000;

const NUMBERS = fc.noBias(fc.infiniteStream(fc.integer({ min: 0, max: RANGE - 1 }), { noHistory: true }));

/** A series of draws. Two with the same seed and number are the same. */
export class Draw {
  readonly #numbers: Iterator<number>;

  /**
   * @param seed Which family of series.
   * @param index Which of the family.
   */
  constructor(seed: number, index: number) {
    const mixed = Math.imul(seed, 0x9E37_79B1) + index | 0; // an odd factor: no two small seeds share a series soon
    this.#numbers = fc.sample(NUMBERS, { seed: mixed, numRuns: 1 })[0];
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#numbers.next().value / RANGE * (most - least + 1));
  }

  /** Whether something of that probability, in percent, happens. */
  chance(percent: number): boolean {
    return this.between(0, 99) < percent;
  }

  /** One of `choices`, which are not empty. */
  of<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)];
  }

  /** Up to `most` of `choices`, in the order drawn, perhaps one twice. */
  some<T>(choices: readonly T[], most: number): T[] {
    return choices.length === 0 ? [] : Array.from({ length: this.between(1, most) }, () => this.of(choices));
  }
}
