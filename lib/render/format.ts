/** `watch --format`. @module */

import { domainName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import type { PendingEvent } from "../handle/watch.ts";
import type { TimeStyle } from "./time.ts";

/** Writes one event; `time` gives its time in a style, `name` whose port it is. */
export type EventFormat = (event: PendingEvent, time: (style: TimeStyle) => string, name?: string) => string;

/** For a value that a channel does not have. */
const NOTHING = "-";

const DIRECTIVES: Readonly<Record<string, EventFormat>> = {
  p: ({ port }) => String(port),
  c: ({ name }) => name,
  k: ({ channel }) => channel.kind,
  d: ({ channel }) => "domain" in channel ? domainName(channel.domain) : NOTHING,
  r: ({ channel }) => channel.kind === "interdomain" ? String(channel.port) : NOTHING,
  n: ({ seq }) => String(seq),
  N: (_event, _time, name) => name || NOTHING,
  S: (_, time) => time("unix"),
  U: (_, time) => time("utc"),
  L: (_, time) => time("local"),
  D: (_, time) => time("delta"),
  "%": () => "%",
};

const LETTERS = Object.keys(DIRECTIVES).map((letter) => `%${letter}`).join(" ");

/**
 * Parses plain text with directives: `%p` port, `%c` channel, `%k` kind, `%d` remote domain, `%r` remote port, `%n`
 * sequence number, `%N` name and device, `%S` unix, `%U` UTC, `%L` local time, `%D` seconds since the last event, `%%` a percent sign.
 *
 * @throws {UsageError} If a directive does not exist.
 */
export function parseFormat(text: string): EventFormat {
  const parts: EventFormat[] = [];
  for (const [piece, letter] of text.matchAll(/%(.?)|[^%]+/gsu)) {
    if (letter === undefined) {
      parts.push(() => piece);
      continue;
    }
    const directive = Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter] : undefined;
    if (!directive) {
      throw new UsageError(`Cannot use "${text}" as a format: "%${letter}" is none of ${LETTERS}`);
    }
    parts.push(directive);
  }
  return (event, time, name) => parts.map((part) => part(event, time, name)).join("");
}

/** Whether a format has `%N`. */
export function usesNames(text: string): boolean {
  return [...text.matchAll(/%(.?)/gsu)].some(([, letter]) => letter === "N");
}
