/** Validates records against the schema that users get. @module */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { headOf, SCHEMA } from "./schema.ts";

const ajv = new Ajv2020();

/** The names of the records by their heads. */
const NAMES = Map.groupBy(Object.keys(SCHEMA.$defs), (name) => headOf(SCHEMA.$defs[name]));

/** Compiled at their first use: most tests print few kinds of records, and to compile the whole schema takes long. */
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a line of output as a record; undefined: nothing. */
export function unfit(line: string): string | undefined {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return `this is no JSON: ${line}`;
  }
  const names = NAMES.get(headOfRecord(record)) ?? [];
  if (names.some((name) => validatorOf(name)(record))) return undefined;
  const reasons = names.map((name) => `  as ${name}: ${ajv.errorsText(validatorOf(name).errors)}`);
  return [`this is no record of the schema: ${line}`, ...reasons].join("\n");
}

/** Whether the schema as users get it takes a record: what {@linkcode unfit} says too, but slowly and without a reason. */
export function isRecord(record: unknown): boolean {
  return ajv.validate(SCHEMA, record);
}

function headOfRecord({ op, event, error }: Record<string, unknown>): string {
  return event !== undefined ? `event ${event}` : error !== undefined ? "error" : `op ${op}`;
}

function validatorOf(name: string): ValidateFunction {
  let validate = validators.get(name);
  if (validate === undefined) validators.set(name, validate = ajv.compile(SCHEMA.$defs[name]));
  return validate;
}
