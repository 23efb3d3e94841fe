/**
 * What values on the wire have to be: rules that requests and answers are made of.
 *
 * @module
 */

import { type Domid, DOMID_SELF } from "../types.ts";
import { PORTS_LIMIT } from "./protocol.ts";

/** Whether a value is what it has to be. */
export type Rule<T> = (value: unknown) => value is T;

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** A whole number in a range, its ends in it. */
export const whole = (least: number, most: number): Rule<number> => (value): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

/** A text that looks so. */
export const text = (pattern: RegExp): Rule<string> => (value): value is string =>
  typeof value === "string" && pattern.test(value);

/** What a rule says, or nothing. */
export const optional = <T>(rule: Rule<T>): Rule<T | undefined> => (value): value is T | undefined =>
  value === undefined || rule(value);

/** As many as that at the most, each as a rule says. */
export const list = <T>(rule: Rule<T>, most: number): Rule<readonly T[]> => (value): value is readonly T[] =>
  Array.isArray(value) && value.length <= most && value.every(rule);

/** What one rule says, or the other. */
export const either = <T, U>(one: Rule<T>, other: Rule<U>): Rule<T | U> => (value): value is T | U =>
  one(value) || other(value);

/** A JSON object. */
export const isRecord: Rule<Fields> = (value): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A port, or what else has 32 bits. */
export const U32: Rule<number> = whole(0, 0xFFFF_FFFF);

/** A domain's id, `DOMID_SELF` being one. */
export const DOMAIN: Rule<Domid> = whole(0, DOMID_SELF);

/** What a request is known by. */
export const ID: Rule<number> = whole(0, Number.MAX_SAFE_INTEGER);

/** The ports of one request. */
export const PORTS: Rule<readonly number[]> = list(U32, PORTS_LIMIT);

/** A channel's name, as far as its characters go. */
export const CHANNEL: Rule<string> = text(/^[\w:-]{1,64}$/);

/** A path in xenstore, as far as its length goes (XENSTORE_ABS_PATH_MAX): xenstored knows the rest. */
export const STORE_PATH: Rule<string> = text(/^[\x20-\x7E]{1,3072}$/);

/** `true` or `false`. */
export const YES_OR_NO: Rule<boolean> = (value): value is boolean => typeof value === "boolean";

/** Any text. */
export const TEXT: Rule<string> = (value): value is string => typeof value === "string";
