/**
 * The arguments that several verbs take, as the argument parser wants them.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { parseChannel, parseCount, parseDomid, parsePeriod, parsePort, parseVirq } from "../parse.ts";

/** `DOM` */
export const DOMAIN = { parse: parseDomid, placeholder: "DOM", brief: "A domain's id, or self" } as const;

/** `PORT` */
export const PORT = { parse: parsePort, placeholder: "PORT", brief: "A port" } as const;

/** `PORT...` */
export const PORTS = { kind: "array", parameter: PORT, minimum: 1 } as const;

/** `VIRQ` */
export const VIRQ = { parse: parseVirq, placeholder: "VIRQ", brief: "A VIRQ's number or name" } as const;

/** `CHANNEL` */
export const CHANNEL = {
  parse: parseChannel,
  placeholder: "CHANNEL",
  brief: "PORT of this handle, virq:NAME, DOMAIN:PORT, or DOMAIN:any",
} as const;

/** An option that is a period. */
export function period(brief: string) {
  return { kind: "parsed", parse: parsePeriod, optional: true, placeholder: "PERIOD", brief } as const;
}

/** An option that is a number of things. */
export function count(brief: string) {
  return {
    kind: "parsed",
    parse: (text: string) => parseCount(text),
    optional: true,
    placeholder: "N",
    brief,
  } as const;
}

/** What is wrong where a verb of events has no channels, and a new handle. */
export function nothingTo(verb: string): UsageError {
  return new UsageError(
    `Cannot ${verb} nothing: this handle is new and has no ports`,
    "name channels to bind, such as virq:dom_exc or 5:12, or a handle that has some (--fd, --session)",
  );
}
