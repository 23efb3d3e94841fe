/** What of a record others rely on: which keys it has and of what type, so that two versions can be compared. @module */

import { headOf, type ObjectSchema, type ValueSchema } from "./schema.ts";

/** The keys of a record and their types; `?` behind a type: the key may be missing. */
export type Shape = Readonly<Record<string, string>>;

/** The shapes of all records by their heads, such as `op notify`. Records with one head are taken together. */
export type Shapes = Readonly<Record<string, Shape>>;

export function shapesOf(records: Iterable<ObjectSchema>): Shapes {
  const heads = Map.groupBy(records, headOf);
  return Object.fromEntries([...heads].map(([head, same]) => [head, together(same.map(shapeOf))]));
}

/** One thing that whoever reads records has to know of. */
export interface Break {
  readonly head: string;
  readonly key: string;
  readonly what: string;
}

/** The keys that are gone, may be missing now, or have another type. */
export function breaks(before: Shapes, now: Shapes): Break[] {
  return Object.entries(before).flatMap(([head, shape]) =>
    Object.entries(shape).flatMap(([key, type]) => {
      const is = now[head]?.[key];
      if (is === type || `${is}?` === type) return [];
      const what = is === undefined ? "is gone" : is === `${type}?` ? "may be missing" : `was ${type} and is ${is}`;
      return [{ head, key, what }];
    })
  );
}

/** The breaks that no line of a changelog's newest version names: both the record and the key, each in backquotes. */
export function unnamed(found: readonly Break[], changelog: string): Break[] {
  const newest = changelog.split(/^## /m)[1] ?? "";
  const items = newest.split(/^- /m);
  return found.filter(({ head, key }) => {
    const [record, last] = [head.split(" ").at(-1), key.split(".").at(-1)];
    return !items.some((item) => item.includes(`\`${record}\``) && item.includes(`\`${last}\``));
  });
}

function shapeOf({ properties, required }: ObjectSchema): Map<string, string> {
  const shape = new Map<string, string>();
  for (const [key, schema] of Object.entries(properties)) {
    if (["op", "event", "line"].includes(key)) continue; // the head; what every record of a script has
    shape.set(key, typeOf(schema) + (required.includes(key) ? "" : "?"));
    const { properties: inner = {}, required: always = [] } = schema.items ?? schema;
    for (const [name, each] of Object.entries(inner)) {
      shape.set(`${key}.${name}`, typeOf(each) + (always.includes(name) ? "" : "?"));
    }
  }
  return shape;
}

function together(shapes: readonly Map<string, string>[]): Shape {
  const keys = [...new Set(shapes.flatMap((shape) => [...shape.keys()]))].sort();
  return Object.fromEntries(keys.map((key) => {
    const types = shapes.map((shape) => shape.get(key) ?? "?");
    const named = new Set(types.map((type) => type.replace("?", "")).filter((type) => type !== ""));
    return [key, [...named].sort().join("|") + (types.some((type) => type.endsWith("?")) ? "?" : "")];
  }));
}

function typeOf(schema: ValueSchema): string {
  const { type, const: only, enum: values, anyOf, items } = schema;
  if (anyOf !== undefined) return anyOf.map(typeOf).join("|");
  if (only !== undefined) return typeof only;
  if (values !== undefined) return [...new Set(values.map((value) => typeof value))].join("|");
  return type === "array" ? `array of ${typeOf(items!)}` : type!;
}
