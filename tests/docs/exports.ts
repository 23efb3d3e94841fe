/** What the library exports, as `deno doc` has it: names and types, so that two versions can be compared. @module */

import type { Shapes } from "./shapes.ts";

const CONFIG = new URL("../../deno.json", import.meta.url);

/** The entries of the library, such as `./evtchn`, and their files. */
export function entries(): [entry: string, file: URL][] {
  const { exports } = JSON.parse(Deno.readTextFileSync(CONFIG)) as { exports: Record<string, string> };
  return Object.entries(exports).filter(([entry]) => entry !== ".").map((
    [entry, file],
  ) => [entry, new URL(file, CONFIG)]);
}

/** `deno doc` with these words. */
export async function denoDoc(
  ...words: readonly string[]
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", ...words], env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, stdout: out, stderr: err };
}

/** What each entry exports: `./evtchn Handle`, its members, and the type of each. */
export async function exportedShapes(): Promise<Shapes> {
  const all = entries();
  const { stdout } = await denoDoc("--json", ...all.map(([, file]) => file.href));
  const { nodes } = JSON.parse(stdout) as { nodes: Record<string, { symbols: Exported[] }> };
  const shapes = all.flatMap(([entry, { href }]) =>
    nodes[href].symbols.map(({ name, declarations: [first] }): [string, Record<string, string>] => [
      `${entry} ${name}`,
      Object.fromEntries(first.kind === "reference" ? [[name, "as in another entry"]] : membersOf(name, first)),
    ])
  );
  return Object.fromEntries(shapes.sort(([a], [b]) => a < b ? -1 : 1));
}

interface Exported {
  readonly name: string;
  readonly declarations: readonly [Declaration];
}

interface Declaration {
  readonly kind: string;
  readonly def: Definition;
}

interface Definition extends Callable {
  readonly extends?: unknown;
  readonly implements?: readonly TsType[];
  readonly constructors?: readonly (Callable & { readonly jsDoc?: { readonly tags?: readonly { kind: string }[] } })[];
  readonly properties?: readonly Member[];
  readonly methods?: readonly Member[];
  readonly tsType?: TsType;
}

interface Callable {
  readonly params?: readonly Parameter[];
  readonly returnType?: TsType;
}

interface Member extends Callable {
  readonly name: string;
  readonly kind?: string;
  readonly optional?: boolean;
  readonly readonly?: boolean;
  readonly accessibility?: string;
  readonly isStatic?: boolean;
  readonly tsType?: TsType;
  readonly functionDef?: Callable;
}

interface Parameter {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly readonly?: boolean;
  readonly accessibility?: string;
  readonly tsType?: TsType;
  /** Of one with a default value. */
  readonly left?: Parameter;
  /** Of one that takes the rest. */
  readonly arg?: Parameter;
}

// deno-lint-ignore no-explicit-any -- `value` depends on the kind
type TsType = { readonly kind: string; readonly repr?: string; readonly value?: any };

function membersOf(name: string, { kind, def }: Declaration): [key: string, type: string][] {
  const itself = (type: string): [string, string][] => [[name, type]];
  switch (kind) {
    case "function":
      return itself(signature(def));
    case "variable":
    case "typeAlias":
      return itself(text(def.tsType!));
    case "class":
    case "interface": {
      const parents = [def.extends, ...def.implements ?? []].flat().filter((each) => each !== undefined);
      const above = parents.map((each) => typeof each === "string" ? each : text(each as TsType));
      const made = (def.constructors ?? []).filter(({ jsDoc }) => !jsDoc?.tags?.some((tag) => tag.kind === "internal"));
      return [
        ...itself([kind, ...above].join(" ")),
        ...made.map((each): [string, string] => ["new", signature(each)]),
        ...made.flatMap(({ params = [] }) => params.filter((each) => each.readonly).map(memberOf)),
        ...[...def.properties ?? [], ...def.methods ?? []].filter((each) => each.accessibility !== "private").map(
          memberOf,
        ),
      ];
    }
    default:
      throw new TypeError(`${name} is a ${kind}: how is that written?`);
  }
}

function memberOf(member: Member | Parameter): [key: string, type: string] {
  const { functionDef, tsType, ...rest } = member as Member;
  const words = [
    rest.isStatic && "static",
    rest.kind === "getter" && "get",
    rest.readonly && "readonly",
    rest.optional && "optional",
  ];
  const type = functionDef !== undefined
    ? signature(functionDef)
    : tsType !== undefined
    ? text(tsType)
    : signature(rest);
  return [rest.name, [...words.filter((word) => typeof word === "string"), type].join(" ")];
}

function signature({ params = [], returnType }: Callable): string {
  return `(${params.map(parameter).join(", ")})${returnType === undefined ? "" : ` => ${text(returnType)}`}`;
}

function parameter({ kind, left, arg, name, optional, tsType }: Parameter): string {
  if (kind === "assign") return parameter({ ...left!, optional: true });
  if (kind === "rest") return `...${parameter({ ...arg!, tsType })}`;
  return `${name ?? "options"}${optional ? "?" : ""}: ${text(tsType!)}`;
}

function text({ kind, repr, value }: TsType): string {
  const list = (types: readonly TsType[], between: string) => types.map(text).join(between);
  switch (kind) {
    case "keyword":
      return value;
    case "typeRef":
      return value.typeName + (value.typeParams?.length > 0 ? `<${list(value.typeParams, ", ")}>` : "");
    case "literal":
      return value.kind === "template" ? "`" + value.tsTypes.map(inTemplate).join("") + "`" : JSON.stringify(repr);
    case "union":
      return list(value, " | ");
    case "intersection":
      return list(value, " & ");
    case "array":
      return value.kind === "union" ? `(${text(value)})[]` : `${text(value)}[]`;
    case "tuple":
      return `[${list(value, ", ")}]`;
    case "rest":
      return `...${text(value)}`;
    case "parenthesized":
      return `(${text(value)})`;
    case "typeOperator":
      return `${value.operator} ${text(value.tsType)}`;
    case "indexedAccess":
      return `${text(value.objType)}[${text(value.indexType)}]`;
    case "typeQuery":
      return `typeof ${value}`;
    case "typeLiteral": {
      const members = [...value.properties ?? [], ...value.methods ?? []].map(memberOf);
      return `{ ${members.map(([name, type]: [string, string]) => `${name}: ${type}`).join("; ")} }`;
    }
    case "fnOrConstructor":
      return signature({ params: value.params, returnType: value.tsType });
    default:
      throw new TypeError(`A type is a ${kind}: how is that written?`);
  }
}

function inTemplate(type: TsType): string {
  return type.kind === "literal" ? type.repr ?? "" : "${" + text(type) + "}";
}
