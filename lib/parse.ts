/** Parses what a user types. All functions but `parseU32` throw {@linkcode UsageError}. @module */

import { UsageError } from "./errors.ts";
import { mapNamed, Named } from "./named.ts";
import { type Channel, type Domid, DOMID_FIRST_RESERVED, DOMID_SELF, type Port } from "./types.ts";
import { virqNumber } from "./virq.ts";

/** The largest port, as an event-channel device takes it. */
export const U32_MAX = 0xFFFF_FFFF;

/** A number of 32 bits, decimal or with 0x hexadecimal; undefined for anything else. */
export function parseU32(text: string): number | undefined {
  if (!/^(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= U32_MAX ? value : undefined;
}

/** A domain id from 0 to 0x7FEF, or `self`. Xen does not check the range: it would read 65536 as 0. */
export function parseDomid(text: string): Domid {
  if (text.toLowerCase() === "self") return DOMID_SELF;
  const value = parseU32(text);
  if (value !== undefined && value < DOMID_FIRST_RESERVED) return value;
  throw new UsageError(
    `Cannot use "${text}" as a domain: expected 0 to ${DOMID_FIRST_RESERVED - 1} (0x7FEF) or "self"`,
  );
}

/** A domain id as {@linkcode parseDomid} takes it, or a domain's name. */
export function parseDomain(text: string): Domid | Named<Domid> {
  return NAME.test(text) ? new Named(text, (domain) => domain) : parseDomid(text);
}

/** A domain to act as; undefined for `self`, as whom everybody acts who names nobody. */
export function parseActor(text: string): Domid | Named<Domid> | undefined {
  const domain = parseDomain(text);
  return domain === DOMID_SELF ? undefined : domain;
}

/** Whether a domain with that name can be called by it. */
export function isDomainName(text: string): boolean {
  return NAME.test(text);
}

/**
 * A domain's name. libxl takes every text that is not all digits; here a text that begins with a digit or a sign is a
 * mistyped number, and nothing that moves a cursor is a name.
 */
const NAME = /^(?!self$)[^\d+\-\p{C}\s][^\p{C}]{0,254}$/iu;

export function parseDomainName(text: string): string {
  if (isDomainName(text)) return text;
  throw new UsageError(
    `Cannot use "${text}" as a name: expected a letter first, not "self", and at most 255 characters`,
  );
}

/** A port: any u32. The driver refuses those that it does not know. */
export function parsePort(text: string): Port {
  const value = parseU32(text);
  if (value !== undefined) return value;
  throw new UsageError(`Cannot use "${text}" as a port: expected a number from 0 to ${U32_MAX}, decimal or 0x`);
}

/** A VIRQ by number or name, with or without `virq:`. */
export function parseVirq(text: string): number {
  return virqWord(text.replace(/^virq:/i, ""), text);
}

function virqWord(word: string, text: string): number {
  const value = parseU32(word) ?? virqNumber(word);
  if (value !== undefined) return value;
  throw new UsageError(`Cannot use "${text}" as a VIRQ: expected a number or a name`, "`evtchn virqs` lists them");
}

/** A channel: `7`, `virq:dom_exc`, `5:12` or `5:any`. */
export function parseChannel(text: string): Channel {
  const colon = text.indexOf(":");
  if (colon < 0) {
    if (parseU32(text) !== undefined) return { kind: "port", port: parsePort(text) };
    throw new UsageError(
      `Cannot use "${text}" as a channel: expected PORT, virq:NAME, DOMAIN:PORT or DOMAIN:any`,
      virqNumber(text) === undefined ? undefined : `a VIRQ is written virq:${text.toLowerCase()}`,
    );
  }
  const [left, right] = [text.slice(0, colon), text.slice(colon + 1)];
  if (left.toLowerCase() === "virq") return { kind: "virq", virq: virqWord(right, right) };
  return channelOf(parseDomid(left), right);
}

/** A channel in which a domain's name may stand for its number: `web:12`, `web:any`. */
export function parseNamedChannel(text: string): Channel | Named<Channel> {
  const colon = text.lastIndexOf(":"); // a name may have one in it
  const [left, right] = [text.slice(0, colon), text.slice(colon + 1)];
  if (colon < 0 || /^virq:/i.test(text) || !NAME.test(left)) return parseChannel(text);
  channelOf(0, right); // throws now, not when the name is found
  return new Named(left, (domain) => channelOf(domain, right));
}

function channelOf(domain: Domid, end: string): Channel {
  if (end.toLowerCase() === "any") return { kind: "unbound", domain };
  return { kind: "interdomain", domain, port: parsePort(end) };
}

/** A channel, or the name of a VIRQ without `virq:`. */
export function parseAsked(text: string): Channel | Named<Channel> {
  const virq = virqNumber(text);
  return virq === undefined ? parseNamedChannel(text) : { kind: "virq", virq };
}

type Peer = Extract<Channel, { kind: "interdomain" }>;

/** A remote port, `5:12`. */
export function parsePeer(text: string): Peer | Named<Peer> {
  return mapNamed(parseNamedChannel(text), (channel) => {
    if (channel.kind === "interdomain") return channel;
    throw new UsageError(`Cannot bind "${text}": expected DOM PORT or DOM:PORT`);
  });
}

/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** 24 days in milliseconds: setTimeout and poll(2) take 31 bits. */
const PERIOD_MAX = 0x7FFF_FFFF;

/** A period such as `250ms`, at most 24 days. Returns milliseconds, with a fraction for microseconds. */
export function parsePeriod(text: string): number {
  const match = /^([0-9]{1,15})(us|ms|s|m)$/.exec(text);
  const value = match ? Number(match[1]) * UNITS[match[2]] : Infinity;
  if (value <= PERIOD_MAX) return value;
  throw new UsageError(
    match
      ? `Cannot use "${text}" as a period: expected at most 24 days`
      : `Cannot use "${text}" as a period: expected a whole number and a unit (us, ms, s, m), such as 250ms`,
  );
}

export function parseCount(text: string, least = 1): number {
  const value = parseU32(text);
  if (value !== undefined && value >= least) return value;
  throw new UsageError(`Cannot use "${text}" as a count: expected a whole number from ${least}`);
}
