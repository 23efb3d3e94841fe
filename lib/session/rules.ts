/** Rules for values on the wire. Every request and answer is checked by them before use. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { PORTS_LIMIT } from "./protocol.ts";

/** Whether a value is a T. */
export type Rule<T> = (value: unknown) => value is T;

export type Checked<R> = R extends Rule<infer T> ? T : never;

export type Rules = Readonly<Record<string, Rule<unknown>>>;

export type Values<R extends Rules> = { readonly [K in keyof R]: Checked<R[K]> };

export type Fields = Readonly<Record<string, unknown>>;

export const isRecord: Rule<Fields> = (value): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A whole number; the ends are included. */
export const whole = (least: number, most: number): Rule<number> => (value): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

export const text = (pattern: RegExp): Rule<string> => (value): value is string =>
  typeof value === "string" && pattern.test(value);

export const oneOf = <T extends string>(...texts: readonly T[]): Rule<T> => (value): value is T =>
  texts.some((text) => text === value);

export const optional = <T>(rule: Rule<T>): Rule<T | undefined> => (value): value is T | undefined =>
  value === undefined || rule(value);

export const list = <T>(rule: Rule<T>, most: number): Rule<readonly T[]> => (value): value is readonly T[] =>
  Array.isArray(value) && value.length <= most && value.every(rule);

export const either = <R extends readonly Rule<unknown>[]>(...rules: R): Rule<Checked<R[number]>> =>
(
  value,
): value is Checked<R[number]> => rules.some((rule) => rule(value));

export const both = <T, U>(one: Rule<T>, other: Rule<U>): Rule<T & U> => (value): value is T & U =>
  one(value) && other(value);

/** An object with these members; others are ignored. */
export const record = <R extends Rules>(rules: R): Rule<Values<R>> => {
  const members = Object.entries(rules);
  return (value): value is Values<R> =>
    isRecord(value) && members.every(([name, rule]) => rule(Object.hasOwn(value, name) ? value[name] : undefined));
};

export const NOTHING: Rule<null> = (value): value is null => value === null;
export const YES: Rule<true> = (value): value is true => value === true;
export const YES_OR_NO: Rule<boolean> = (value): value is boolean => typeof value === "boolean";
export const TEXT: Rule<string> = (value): value is string => typeof value === "string";
export const ERRNO: Rule<Errno> = (value): value is Errno => TEXT(value) && /^E[A-Z0-9]{1,20}$/.test(value);
export const U32: Rule<number> = whole(0, 0xFFFF_FFFF);
export const COUNT: Rule<number> = whole(0, Number.MAX_SAFE_INTEGER);
export const ID: Rule<number> = COUNT;
export const DOMAIN: Rule<Domid> = whole(0, DOMID_SELF);
export const PORTS: Rule<readonly number[]> = list(U32, PORTS_LIMIT);
export const CHANNEL: Rule<string> = text(/^[\w:-]{1,64}$/);
/** A string that is no longer than XENSTORE_ABS_PATH_MAX. xenstored checks the rest. */
export const STORE_PATH: Rule<string> = text(/^[\x20-\x7E]{1,3072}$/);
