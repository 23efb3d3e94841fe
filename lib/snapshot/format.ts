/**
 * A snapshot as one text, which lib/snapshot/collect.sh and `evtchn collect` write.
 *
 * The first line is `evtchn-snapshot 1`. Headings stand at the start of a line: `time`, `host`, `section NAME` and
 * `end`, and after the lines of a section `status N`, or `missing REASON` in their place. Every line of a recorded text
 * begins with a blank that is not its own: so no text can forge a heading, whoever wrote it.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Recording, Section } from "./recording.ts";

const FIRST = "evtchn-snapshot ";
const VERSION = "1";

/** The most sections. A host with 1,000 guests of six devices has some 40,000. */
const SECTIONS_MAX = 500_000;

/** The most characters of a host's name that are kept. */
const LONGEST_HOST = 255;

/** The exit status of a command that was ended because it took too long. */
const ENDED = 124;

export function isSnapshot(text: string): boolean {
  return text.startsWith(FIRST);
}

/**
 * Reads a snapshot. Lines that are no heading and no content are skipped, as a later version may have them.
 *
 * @throws {UsageError} It is of another version, or has too many sections.
 */
export function parseSnapshot(text: string): Recording {
  const version = /^evtchn-snapshot ([^\r\n]{0,20})/.exec(text)?.[1];
  if (version !== VERSION) {
    throw new UsageError(
      version === undefined
        ? "Cannot read the snapshot: its first line is missing"
        : `Cannot read the snapshot: it is of version "${version}", and this evtchn reads version ${VERSION}`,
    );
  }
  const reader = new Reader();
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    reader.take(text.slice(start, end < 0 ? undefined : end), end >= 0);
    start = end < 0 ? text.length : end + 1;
  }
  return reader.end();
}

class Reader {
  readonly #sections = new Map<string, Section>();
  #host: string | undefined;
  #time: number | undefined;
  #whole = false;
  #name: string | undefined;
  #lines: string[] = [];

  /** @param whole Whether the line has its end: part of a line tells nothing. */
  take(line: string, whole: boolean): void {
    if (!whole) return;
    if (line.startsWith(" ")) {
      if (this.#name !== undefined) this.#lines.push(line.slice(1));
      return;
    }
    const heading = line.endsWith("\r") ? line.slice(0, -1) : line;
    const space = heading.indexOf(" ");
    const rest = space < 0 ? "" : heading.slice(space + 1);
    switch (space < 0 ? heading : heading.slice(0, space)) {
      case "host":
        this.#host ??= rest.slice(0, LONGEST_HOST);
        return;
      case "time":
        this.#time ??= timeOf(rest);
        return;
      case "section":
        this.#close({ cut: true });
        this.#name = rest;
        return;
      case "status": {
        const status = /^\d{1,3}$/.test(rest) ? Number(rest) : undefined;
        return this.#close({ status, cut: status === ENDED });
      }
      case "missing":
        return this.#close({ missing: rest, cut: false });
      case "end":
        this.#close({ cut: true });
        this.#whole = true;
    }
  }

  end(): Recording {
    this.#close({ cut: true });
    return { host: this.#host, time: this.#time, sections: this.#sections, whole: this.#whole };
  }

  /** A section that comes twice is the first. */
  #close(how: Omit<Section, "text">): void {
    if (this.#name === undefined) return;
    if (this.#sections.size >= SECTIONS_MAX) {
      throw new UsageError(`Cannot read the snapshot: it has more than ${SECTIONS_MAX} sections`);
    }
    const text = this.#lines.length === 0 ? "" : this.#lines.join("\n") + "\n";
    if (!this.#sections.has(this.#name)) this.#sections.set(this.#name, { text, ...how });
    this.#name = undefined;
    this.#lines = [];
  }
}

/** Microseconds since 1970 of a time such as `2026-01-02T03:04:05Z`. */
function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time * 1000;
}

/** The first lines of a snapshot. `time`: microseconds since 1970. `host` undefined: nothing tells its name. */
export function* beginning(host: string | undefined, time: number): Generator<string, void> {
  yield `${FIRST}${VERSION}\n`;
  yield `time ${new Date(Math.floor(time / 1000)).toISOString().replace(/\.\d+Z$/, "Z")}\n`;
  if (host !== undefined) yield `host ${oneWord(host)}\n`;
}

export function* sectionLines(name: string, text: string): Generator<string, void> {
  yield `section ${oneWord(name)}\n`;
  const whole = text.endsWith("\n") ? text.slice(0, -1) : text;
  if (text !== "") { for (const line of whole.split("\n")) yield ` ${line}\n`; }
  yield "status 0\n";
}

export function* missingLines(name: string, reason: string): Generator<string, void> {
  yield `section ${oneWord(name)}\n`;
  yield `missing ${oneWord(reason)}\n`;
}

export const LAST = "end\n";

/** What stands in a heading is one line. */
function oneWord(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
