/** The JSON Schema of all records, as docs/records.schema.json has it. @module */

import { RECORDS } from "../../lib/record_schemas.ts";

/** A schema of an object, as far as this project writes them. */
export interface ObjectSchema {
  readonly description: string;
  readonly properties: Readonly<Record<string, ValueSchema>>;
  readonly required: readonly string[];
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

export interface ValueSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

export interface RecordsSchema {
  readonly $schema: string;
  readonly title: string;
  readonly description: string;
  readonly $defs: Readonly<Record<string, ObjectSchema>>;
  readonly anyOf: readonly { readonly $ref: string }[];
}

/** The schema of one line that any command prints with `--json`. */
export const SCHEMA: RecordsSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "The records of evtchn --json",
  description: "One JSON object a line. `op` names what answered; `event` what came by itself.",
  $defs: JSON.parse(JSON.stringify(RECORDS)), // what a file holds: plain objects
  anyOf: Object.keys(RECORDS).map((name) => ({ $ref: `#/$defs/${name}` })),
};

/** The text of docs/records.schema.json. */
export function schemaText(): string {
  return JSON.stringify(SCHEMA, null, 2) + "\n";
}

/** What a record is known by: its `op` or its `event`, such as `op notify`. An error may have any `op`. */
export function headOf({ properties: { op, event } }: ObjectSchema): string {
  return event !== undefined ? `event ${event.const}` : op.const === undefined ? "error" : `op ${op.const}`;
}
