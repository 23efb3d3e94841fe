/**
 * A script that is being made: its statements so far, and what they have bound.
 *
 * @module
 */

import { Book, type End, LABELS } from "./book.ts";
import type { Draw } from "./draw.ts";
import type { Line } from "./line.ts";

/** What the two hosts have in common, where a script depends on it. */
export interface Ground {
  /** Ports from here on are beyond what the kernels can tell apart. */
  readonly channels: number;
  /** The VIRQs that are free on both. */
  readonly virqs: ReadonlySet<number>;
}

/** Numbers that are no port of a script's: reserved, the kernel's, beyond all channels. */
const STRANGE = ["0", "1", "0x20000", "100000", "4294967295"];

/** A script in the making. */
export class Writer {
  readonly lines: Line[] = [];
  readonly book: Book;

  constructor(readonly draw: Draw, readonly ground: Ground) {
    this.book = new Book(ground.virqs);
  }

  /** Adds a statement. */
  say(label: string, verb: string, args: readonly string[] = [], name?: string): void {
    this.lines.push({ label, name, verb, args });
  }

  /** A handle: often the first. */
  label(): string {
    return this.draw.chance(45) ? LABELS[0] : this.draw.of(LABELS);
  }

  /** A handle that has ports, mostly; any where none has. */
  busyLabel(): string {
    const busy = LABELS.filter((label) => this.book.of(label).length > 0);
    return busy.length === 0 || this.draw.chance(8) ? this.label() : this.draw.of(busy);
  }

  /** Offers a port to one's own domain. Gives nothing where the handle is restricted. */
  offer(label: string): End | undefined {
    if (this.book.isRestricted(label)) return void this.say(label, "alloc-unbound", ["self"]);
    const name = this.book.name("p");
    this.say(label, "alloc-unbound", [this.draw.of(["self", "self", "0"])], name);
    return this.book.bind({ name, label, offered: true });
  }

  /** Binds to a port that is offered. */
  connect(label: string, peer: End): End | undefined {
    const port = `$${peer.name}`;
    const words = this.draw.of([["self", port], ["0", port], [`0:${port}`]]);
    if (this.book.isRestricted(label)) return void this.say(label, "bind-interdomain", words);
    const name = this.book.name("q");
    this.say(label, "bind-interdomain", words, name);
    return this.book.bind({ name, label, offered: false, peer });
  }

  /** A number that is nobody's port. */
  strange(): string {
    const { channels } = this.ground;
    return this.draw.of([...STRANGE, `${channels - 1}`, `${channels}`]);
  }

  /** A port as a word: mostly one of the handle's. */
  port(label: string): string {
    const chance = this.draw.between(0, 99);
    const { all, stale } = this.book;
    const ends = chance < 75 ? this.book.of(label) : chance < 85 ? all : chance < 95 ? stale : [];
    return ends.length === 0 ? this.strange() : `$${this.draw.of(ends).name}`;
  }
}
