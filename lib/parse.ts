/**
 * What a user types, made into numbers and channels, or refused with a sentence that says what was expected.
 *
 * Every range is checked here, before any call: Xen keeps domain ids in 16 bits and would take 65536 for domain 0.
 *
 * @module
 */

import { type Channel, type Domid, DOMID_FIRST_RESERVED, DOMID_SELF, type Port } from "./types.ts";
import { virqNumber } from "./virq.ts";
import { UsageError } from "./errors.ts";

const U32_MAX = 0xFFFF_FFFF;

/**
 * A whole number in decimal or, with 0x, in hexadecimal; no sign, no exponent, no fraction.
 *
 * @returns The number, or undefined if `text` is not one or does not fit in 32 bits.
 */
export function parseU32(text: string): number | undefined {
  if (!/^(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= U32_MAX ? value : undefined;
}

/**
 * A domain's id: 0 to 0x7FEF, or `self`.
 *
 * @throws {UsageError} If it is neither.
 */
export function parseDomid(text: string): Domid {
  if (text.toLowerCase() === "self") return DOMID_SELF;
  const value = parseU32(text);
  if (value !== undefined && value < DOMID_FIRST_RESERVED) return value;
  throw new UsageError(
    `Cannot use "${text}" as a domain: expected 0 to ${DOMID_FIRST_RESERVED - 1} (0x7FEF) or "self"`,
  );
}

/**
 * A port: any u32, since the driver answers for those that it does not know.
 *
 * @throws {UsageError} If it is no u32.
 */
export function parsePort(text: string): Port {
  const value = parseU32(text);
  if (value !== undefined) return value;
  throw new UsageError(`Cannot use "${text}" as a port: expected a number from 0 to ${U32_MAX}, decimal or 0x`);
}

/**
 * A VIRQ by number or by name, with or without `virq:` before it.
 *
 * @throws {UsageError} If it is no u32 and no name that Xen defines.
 */
export function parseVirq(text: string): number {
  return virqWord(text.replace(/^virq:/i, ""), text);
}

function virqWord(word: string, text: string): number {
  const value = parseU32(word) ?? virqNumber(word);
  if (value !== undefined) return value;
  throw new UsageError(`Cannot use "${text}" as a VIRQ: expected a number or a name`, "`evtchn virqs` lists them");
}

/**
 * A channel: `7`, `virq:dom_exc`, `5:12` or `5:any`.
 *
 * @throws {UsageError} If it is none of these, or a number in it is out of range.
 */
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
  const domain = parseDomid(left);
  if (right.toLowerCase() === "any") return { kind: "unbound", domain };
  return { kind: "interdomain", domain, port: parsePort(right) };
}

/**
 * A channel, or a VIRQ by its bare name.
 *
 * @throws {UsageError} If it is neither.
 */
export function parseAsked(text: string): Channel {
  const virq = virqNumber(text);
  return virq === undefined ? parseChannel(text) : { kind: "virq", virq };
}

/**
 * A port that a domain offers: `5` and `12`, or `5:12`.
 *
 * @param domain The domain, or both.
 * @param port The port, where it is a word of its own.
 * @throws {UsageError} If it is none.
 */
export function parsePeer(domain: string, port?: string): Extract<Channel, { kind: "interdomain" }> {
  const channel = parseChannel(port === undefined ? domain : `${domain}:${parsePort(port)}`);
  if (channel.kind === "interdomain") return channel;
  throw new UsageError(`Cannot bind "${domain}": expected DOM PORT or DOM:PORT`);
}

/** Milliseconds in each unit that a period may have. */
const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** The longest period, milliseconds: what setTimeout and poll(2) count in 31 bits, about 24 days. */
const PERIOD_MAX = 0x7FFF_FFFF;

/**
 * A period: a whole number and its unit, as in `250ms`.
 *
 * @returns Milliseconds, with a fraction for microseconds.
 * @throws {UsageError} If the unit or the number is missing, or it is longer than 24 days.
 */
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

/**
 * How many: a whole number from `least` up.
 *
 * @throws {UsageError} If it is none.
 */
export function parseCount(text: string, least = 1): number {
  const value = parseU32(text);
  if (value !== undefined && value >= least) return value;
  throw new UsageError(`Cannot use "${text}" as a count: expected a whole number from ${least}`);
}
