/** The free ports of a domain, as a tree of bitmaps. It finds the lowest faster than Xen, which searches. @module */

const BITS = 32;

/** @param word Not 0. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function fullLevel(count: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(count / BITS)).fill(0xFFFF_FFFF);
  const rest = count % BITS;
  if (rest !== 0) words[words.length - 1] = 2 ** rest - 1;
  return words;
}

export class FreePorts {
  /** First a bit for each port; each further level has a bit for each word of the level before that is not 0. */
  readonly #levels: Uint32Array[] = [];

  constructor(limit: number) {
    let count = limit;
    do {
      this.#levels.push(fullLevel(count));
      count = Math.ceil(count / BITS);
    } while (this.#levels[this.#levels.length - 1].length > 1);
  }

  /** The lowest free port; undefined when none is free. */
  take(): number | undefined {
    const levels = this.#levels;
    if (levels[levels.length - 1][0] === 0) return undefined;
    let port = 0;
    for (let level = levels.length - 1; level >= 0; level--) port = port * BITS + lowestBit(levels[level][port]);
    this.#clear(port);
    return port;
  }

  /** Takes that port. Returns whether it was free. */
  claim(port: number): boolean {
    if ((this.#levels[0][port >>> 5] >>> (port & 31) & 1) === 0) return false;
    this.#clear(port);
    return true;
  }

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
