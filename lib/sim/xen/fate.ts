/** Events that are lost or come twice, by chance: for tests of drivers and scripts. The same seed gives the same. @module */

export interface Chances {
  /** Of a thousand events, so many are lost. */
  readonly drop: number;
  /** Of a thousand events, so many come twice. */
  readonly duplicate: number;
  /** A u32. */
  readonly seed: number;
}

export class Fate {
  readonly #chances: Chances;
  #state: number;

  constructor(chances: Chances) {
    this.#chances = chances;
    this.#state = chances.seed >>> 0;
  }

  /** How many times the next event comes. */
  next(): 0 | 1 | 2 {
    const { drop, duplicate } = this.#chances;
    const drawn = this.#draw() % 1000;
    return drawn < drop ? 0 : drawn < drop + duplicate ? 2 : 1;
  }

  /** A u32: the generator SplitMix32. */
  #draw(): number {
    this.#state = (this.#state + 0x9E3779B9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21F0AAAD);
    z = Math.imul(z ^ (z >>> 15), 0x735A2D97);
    return (z ^ (z >>> 15)) >>> 0;
  }
}
