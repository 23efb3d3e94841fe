/** Validates records against the schema that users get. @module */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { headOf, SCHEMA } from "./schema.ts";

const ajv = new Ajv2020();
const isRecord: (record: unknown) => boolean = ajv.compile(SCHEMA);

/** What is wrong with a line of output as a record; undefined: nothing. */
export function unfit(line: string): string | undefined {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return `this is no JSON: ${line}`;
  }
  if (isRecord(record)) return undefined;
  const head = "event" in record ? `event ${record.event}` : "error" in record ? "error" : `op ${record.op}`;
  const meant = Object.keys(SCHEMA.$defs).filter((name) => headOf(SCHEMA.$defs[name]) === head);
  const reasons = meant.map((name) => `  as ${name}: ${reasonOf(name, record)}`);
  return [`this is no record of the schema: ${line}`, ...reasons].join("\n");
}

function reasonOf(name: string, record: unknown): string {
  const validate = validatorOf(name);
  validate(record);
  return ajv.errorsText(validate.errors);
}

function validatorOf(name: string): ValidateFunction {
  const id = `record ${name}`;
  return ajv.getSchema(id) ?? ajv.addSchema({ ...SCHEMA.$defs[name], $id: undefined }, id).getSchema(id)!;
}
