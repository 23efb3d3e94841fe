/**
 * What many round-trip times come to.
 *
 * @module
 */

/** How many times are kept, the newest ones: 8 MiB of them. */
export const KEPT = 1 << 20;

/** Room for so many at first. */
const FIRST_ROOM = 1024;

/** Times from `from` up to, and without, `to`: microseconds. */
export interface Bucket {
  readonly from_us: number;
  readonly to_us: number;
  readonly count: number;
}

/**
 * Round-trip times in microseconds. Count, least, greatest, mean, deviation and histogram are of all; quantiles of the
 * newest {@linkcode KEPT}.
 */
export class RoundTrips {
  #kept = new Float64Array(FIRST_ROOM);
  #sum = 0;
  #squares = 0;
  /** By the power of two below a time, from 1 on; shorter times are at 0. */
  readonly #buckets: number[] = [];
  count = 0;
  min = Infinity;
  max = -Infinity;

  /** Takes one time. */
  add(micros: number): void {
    if (this.count === this.#kept.length && this.count < KEPT) {
      const more = new Float64Array(2 * this.count);
      more.set(this.#kept);
      this.#kept = more;
    }
    this.#kept[this.count++ % KEPT] = micros;
    // Welford's: a plain sum of squares loses the deviation where it is small beside the times.
    const mean = this.count === 1 ? micros : this.#sum / (this.count - 1);
    this.#sum += micros;
    this.#squares += (micros - mean) * (micros - this.#sum / this.count);
    if (micros < this.min) this.min = micros;
    if (micros > this.max) this.max = micros;
    const bucket = micros < 1 ? 0 : Math.floor(Math.log2(micros)) + 1;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** NaN where there are none. */
  get mean(): number {
    return this.#sum / this.count;
  }

  /** The deviation from the mean, of all that were measured; NaN where there are none. */
  get deviation(): number {
    return Math.sqrt(this.#squares / this.count);
  }

  /**
   * Quantiles by nearest rank: each is a time that was measured.
   *
   * @param ranks Each above 0 and at most 1.
   * @returns One for each rank; NaN where there are no times.
   */
  quantiles(...ranks: number[]): number[] {
    const sorted = this.#kept.slice(0, Math.min(this.count, KEPT)).sort();
    return ranks.map((rank) => sorted[Math.ceil(rank * sorted.length) - 1] ?? NaN);
  }

  /** Buckets of powers of two, from the first that has any to the last, the empty ones between them too. */
  histogram(): Bucket[] {
    const first = Math.max(0, this.#buckets.findIndex((count) => count > 0));
    return Array.from({ length: Math.max(0, this.#buckets.length - first) }, (_, i) => ({
      from_us: first + i === 0 ? 0 : 2 ** (first + i - 1),
      to_us: 2 ** (first + i),
      count: this.#buckets[first + i] ?? 0,
    }));
  }
}
