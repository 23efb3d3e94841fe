/**
 * What the generator keeps of the ports that its script has bound, so that most statements are about something that is
 * there. It decides nothing: both hosts say what comes of a statement, whether the book is right or not.
 *
 * @module
 */

/** One bound port. */
export interface End {
  /** Its name in the script. */
  readonly name: string;
  /** The handle that has it. */
  readonly label: string;
  /** Which of the ports that are free at the start it is, counted from the lowest. */
  readonly rank: number;
  readonly virq?: number;
  /** Whether one's own domain may bind to it now. */
  offered: boolean;
  peer?: End;
}

/** How many stale names are remembered. */
const STALE = 24;

/** The labels of a script's handles. */
export const LABELS: readonly string[] = ["", "b", "c"];

/** The ports of one script. */
export class Book {
  /** By rank: the lowest free one is the next to be given, as Xen does it. */
  readonly #ranks: (End | undefined)[] = [];
  readonly #restricted = new Set<string>();
  readonly #ends = new Map<string, Set<End>>(LABELS.map((label) => [label, new Set()]));
  /** Ports that were unbound last: their names still stand for a number. */
  readonly stale: End[] = [];
  #count = 0;

  /** @param virqs The VIRQs that are free. */
  constructor(readonly virqs: ReadonlySet<number>) {}

  /** The ports of a handle, in the order they were bound. */
  of(label: string): End[] {
    return [...this.#ends.get(label)!];
  }

  /** All ports. */
  get all(): End[] {
    return LABELS.flatMap((label) => this.of(label));
  }

  /** How many ports there are. */
  get size(): number {
    return LABELS.reduce((sum, label) => sum + this.#ends.get(label)!.size, 0);
  }

  /** A name that nothing has. */
  name(letter: string): string {
    return `${letter}${++this.#count}`;
  }

  isRestricted(label: string): boolean {
    return this.#restricted.has(label);
  }

  restrict(label: string): void {
    this.#restricted.add(label);
  }

  /** Whether a VIRQ can be bound. */
  isFree(virq: number): boolean {
    return this.virqs.has(virq) && !this.all.some((end) => end.virq === virq);
  }

  bind(end: Omit<End, "rank">): End {
    const free = this.#ranks.indexOf(undefined);
    const rank = free < 0 ? this.#ranks.length : free;
    const bound = { ...end, rank };
    this.#ranks[rank] = bound;
    this.#ends.get(end.label)!.add(bound);
    if (bound.peer !== undefined) {
      bound.peer.peer = bound;
      bound.peer.offered = false;
    }
    return bound;
  }

  /** Unbinds what now has the number of `end`, if that is a port of this handle. */
  unbind(label: string, { rank }: End): void {
    const end = this.#ranks[rank];
    if (end?.label !== label) return;
    this.#ranks[rank] = undefined;
    this.#ends.get(label)!.delete(end);
    if (end.peer !== undefined) {
      end.peer.peer = undefined;
      end.peer.offered = true;
    }
    this.stale.push(end);
    if (this.stale.length > STALE) this.stale.shift();
  }

  close(label: string): void {
    for (const end of this.of(label)) this.unbind(label, end);
    this.#restricted.delete(label);
  }
}
