/** Statistics of round-trip times. @module */

export const KEPT = 1 << 20; // 8 MiB

const FIRST_ROOM = 1024;

interface Bucket {
  readonly from_us: number;
  /** Exclusive. */
  readonly to_us: number;
  readonly count: number;
}

/** Round-trip times in microseconds. Quantiles are of the newest {@linkcode KEPT} times, all else of all times. */
export class RoundTrips {
  #kept = new Float64Array(FIRST_ROOM);
  #sum = 0;
  #squares = 0;
  /** Counts: index 0 is below 1 us, index i from 2^(i-1) to 2^i us. */
  readonly #buckets: number[] = [];
  count = 0;
  min = Infinity;
  max = -Infinity;

  add(micros: number): void {
    if (this.count === this.#kept.length && this.count < KEPT) {
      const more = new Float64Array(2 * this.count);
      more.set(this.#kept);
      this.#kept = more;
    }
    this.#kept[this.count++ % KEPT] = micros;
    // Welford's algorithm: a sum of squares loses precision if the deviation is small relative to the mean.
    const mean = this.count === 1 ? micros : this.#sum / (this.count - 1);
    this.#sum += micros;
    this.#squares += (micros - mean) * (micros - this.#sum / this.count);
    if (micros < this.min) this.min = micros;
    if (micros > this.max) this.max = micros;
    const bucket = micros < 1 ? 0 : Math.floor(Math.log2(micros)) + 1;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** NaN without times. */
  get mean(): number {
    return this.#sum / this.count;
  }

  /** The standard deviation of the population; NaN without times. */
  get deviation(): number {
    return Math.sqrt(this.#squares / this.count);
  }

  /** Quantiles by nearest rank. Ranks are above 0 and at most 1. NaN without times. */
  quantiles(...ranks: number[]): number[] {
    const sorted = this.#kept.slice(0, Math.min(this.count, KEPT)).sort();
    return ranks.map((rank) => sorted[Math.ceil(rank * sorted.length) - 1] ?? NaN);
  }

  /** Buckets of powers of two, from the first that is not empty to the last. */
  histogram(): Bucket[] {
    const first = Math.max(0, this.#buckets.findIndex((count) => count > 0));
    return Array.from({ length: Math.max(0, this.#buckets.length - first) }, (_, i) => ({
      from_us: first + i === 0 ? 0 : 2 ** (first + i - 1),
      to_us: 2 ** (first + i),
      count: this.#buckets[first + i] ?? 0,
    }));
  }
}
