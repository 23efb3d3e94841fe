/**
 * Which ports of a domain are free.
 *
 * Xen searches its port table from 0 for a free entry (get_free_port, xen/common/event_channel.c:248). A tree of
 * bitmaps finds the same port faster: a bit for each port, above it a bit for each word that has a bit set.
 *
 * @module
 */

const BITS = 32;

/** @param word Not 0. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** A level of `count` bits, all set. */
function fullLevel(count: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(count / BITS)).fill(0xFFFF_FFFF);
  const rest = count % BITS;
  if (rest !== 0) words[words.length - 1] = 2 ** rest - 1;
  return words;
}

export class FreePorts {
  /** The ports' bits, then each summary of the level before; the last level is one word. */
  readonly #levels: Uint32Array[] = [];

  /** @param limit Ports 0 to `limit` - 1 are free at first. */
  constructor(limit: number) {
    let count = limit;
    do {
      this.#levels.push(fullLevel(count));
      count = Math.ceil(count / BITS);
    } while (this.#levels[this.#levels.length - 1].length > 1);
  }

  /** Takes the lowest free port; undefined when none is free. */
  take(): number | undefined {
    const levels = this.#levels;
    if (levels[levels.length - 1][0] === 0) return undefined;
    let port = 0;
    for (let level = levels.length - 1; level >= 0; level--) port = port * BITS + lowestBit(levels[level][port]);
    this.#clear(port);
    return port;
  }

  /** Gives back a port that was taken. */
  give(port: number): void {
    let index = port;
    for (const words of this.#levels) {
      words[index >>> 5] |= 1 << (index & 31);
      index >>>= 5;
    }
  }

  #clear(port: number): void {
    let index = port;
    for (const words of this.#levels) {
      words[index >>> 5] &= ~(1 << (index & 31));
      if (words[index >>> 5] !== 0) return;
      index >>>= 5;
    }
  }
}
