/**
 * What a statement came to, said so that two hosts can be compared: a port is `p1`, `p2` and so on, in the order in
 * which the host gave them. Both give the lowest free port first: a port that is given again has its old name on both,
 * and of two ports the same one has the higher number.
 *
 * @module
 */

/** A record of `run --json`, ports by names. */
export type Outcome = Readonly<Record<string, unknown>>;

type Names = Map<unknown, string>;

/** What gives ports that may be new. */
const GIVES = new Set(["bind-virq", "bind-interdomain", "alloc-unbound"]);

/** What is about a port alone: its subject is one. */
const ABOUT_PORTS = new Set(["unbind", "notify", "bind-static"]);

/** Where a text speaks of a port of one's own domain. */
const IN_TEXT = /\bport \d+\b(?! of domain (?!self\b|0\b))|\b(?:self|0):\d+\b/g;

/**
 * Names the ports in the records of one script.
 *
 * @returns An outcome for each record, and one more: the ports from the lowest number to the highest.
 */
export function named(records: readonly Outcome[]): Outcome[] {
  const names: Names = new Map();
  const outcomes = records.map((record) => name(record, names));
  const ascending = [...names].sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name);
  return [...outcomes, { op: "all ports", ascending }];
}

function name(record: Outcome, names: Names): Outcome {
  const { op, port, ports, subject } = record;
  const learn = (port: unknown) => {
    if (!names.has(port)) names.set(port, `p${names.size + 1}`);
  };
  const known = (port: unknown) => names.get(port) ?? port;
  if (GIVES.has(String(op)) && port !== undefined) learn(port);
  // What is read has been bound before, here or by whoever had the ring's number before: else it is an error to show.
  const result: Record<string, unknown> = { ...record };
  if (port !== undefined) result.port = known(port);
  if (Array.isArray(ports)) result.ports = ports.map(known);
  if (typeof subject === "string" && ABOUT_PORTS.has(String(op))) result.subject = known(Number(subject));
  for (const key of ["channel", "subject", "message"]) {
    const text = result[key];
    if (typeof text === "string") result[key] = inText(text, names);
  }
  delete result.hint; // it is made of the verb and the errno
  return result;
}

function inText(text: string, names: Names): string {
  return text.replace(IN_TEXT, (match) => match.replace(/\d+$/, (number) => names.get(Number(number)) ?? number));
}

/** The first place at which two hosts differ; undefined: nowhere. */
export function difference(one: readonly Outcome[], other: readonly Outcome[]): number | undefined {
  const most = Math.max(one.length, other.length);
  for (let i = 0; i < most; i++) if (JSON.stringify(one[i]) !== JSON.stringify(other[i])) return i;
}

/** An outcome in a few words. */
export function outcomeText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "nothing";
  const { error, op: _op, line: _line, message, ...rest } = outcome;
  if (error !== undefined) return error === "usage" ? `usage: ${message}` : String(error);
  const parts = Object.entries(rest).map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(",") : value}`);
  return parts.join(" ") || "done";
}
