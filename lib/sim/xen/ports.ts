/**
 * Which ports of a domain are free.
 *
 * Xen walks its port table from 0 until it meets a free entry (get_free_port, xen/common/event_channel.c:248), so
 * that the lowest free port is always the next one. The answer here is the same, found in a tree of bitmaps: a bit
 * for each port, above them a bit for each word that still has one, up to a single word.
 *
 * @module
 */

const BITS = 32;

/** The index of the lowest bit that is set in `word`, which is not 0. */
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

/** The free ports of one domain: gives out the lowest, takes back any. */
export class FreePorts {
  /** The port bits first, then each summary of the level before it; the last is one word. */
  readonly #levels: Uint32Array[] = [];

  /** @param limit How many ports there are, 0 included: 0 to `limit` - 1 are free at first. */
  constructor(limit: number) {
    let count = limit;
    do {
      this.#levels.push(fullLevel(count));
      count = Math.ceil(count / BITS);
    } while (this.#levels[this.#levels.length - 1].length > 1);
  }

  /**
   * Takes the lowest free port.
   *
   * @returns The port, or undefined when none is free.
   */
  take(): number | undefined {
    const levels = this.#levels;
    if (levels[levels.length - 1][0] === 0) return undefined;
    let port = 0;
    for (let level = levels.length - 1; level >= 0; level--) port = port * BITS + lowestBit(levels[level][port]);
    this.#clear(port);
    return port;
  }

  /**
   * Gives a port back.
   *
   * @param port A port that {@linkcode FreePorts.take} gave out.
   */
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
