/** The architecture, checked by reading the imports of all files. @module */

import { assertEquals } from "@std/assert";
import { test } from "./support/test.ts";

/** Each folder imports, by value or by type, only from itself and from folders before it. Subfolders belong to it. */
const LAYERS = [
  "ffi",
  "lib",
  "lib/handle",
  "lib/xenstore",
  "lib/view",
  "lib/ping",
  "lib/replay",
  "lib/decode",
  "lib/wiring",
  "lib/snapshot",
  "lib/sim",
  "lib/session",
  "lib/inspect",
  "lib/render",
  "lib/host",
  "lib/cli",
  "lib/script",
  "lib/api",
  "commands",
];

/** Imports that break this order. Remove each pair together with its import: the list must be exact. */
const STILL_UPWARD: readonly string[] = [];

/** Files that use import.meta.resolve. Remove each together with its last use: the list must be exact. */
const STILL_RESOLVING: readonly string[] = [];

const ROOT = new URL("..", import.meta.url);

interface Source {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
}

interface Import {
  readonly from: string;
  /** The path of a file of the project; the specifier of anything else. */
  readonly to: string;
  readonly kind: "value" | "type" | "dynamic";
}

function read(path: string): Source {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  return { path, text, code: text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "") };
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesIn(`${folder}${name}/`);
    else yield `${folder}${name}`;
  }
}

const sources = (folder: string) => [...filesIn(folder)].filter((path) => path.endsWith(".ts")).sort().map(read);

const PROGRAM = [...["ffi/", "lib/", "commands/"].flatMap(sources), read("main.ts")];

function importsOf({ path, code }: Source): Import[] {
  const statements = code.matchAll(/^(?:import|export)( type)?\b[\w$*{},\s]*?\bfrom "([^"]+)"/gm);
  const calls = code.matchAll(/(\btypeof )?\bimport(?:\.meta\.resolve)?\s*\(?"([^"]+)"/g);
  const found = (matches: Iterable<RegExpMatchArray>, plain: Import["kind"]) =>
    Array.from(matches, ([, type, to]): Import => ({
      from: path,
      to: to.startsWith(".") ? new URL(to, new URL(path, "file:///")).pathname.slice(1) : to,
      kind: type === undefined ? plain : "type",
    }));
  return [...found(statements, "value"), ...found(calls, "dynamic")];
}

const IMPORTS = PROGRAM.flatMap(importsOf);

const pairs = (imports: readonly Import[]) => [...new Set(imports.map(({ from, to }) => `${from} -> ${to}`))].sort();

/** The layer of a file; -1 for a folder that is not in {@linkcode LAYERS}. */
function layerOf(path: string): number {
  const [top, second, third] = path.split("/");
  return LAYERS.indexOf(top === "lib" && third !== undefined ? `${top}/${second}` : top);
}

/** The files whose code matches `pattern`. */
const using = (pattern: RegExp) => PROGRAM.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

test("every folder has a layer", () => {
  assertEquals(PROGRAM.filter(({ path }) => path !== "main.ts" && layerOf(path) < 0).map(({ path }) => path), []);
});

test("a folder imports only from itself and from folders before it, so folders have no circles", () => {
  const own = IMPORTS.filter(({ from, to }) => from !== "main.ts" && to.endsWith(".ts"));
  assertEquals(pairs(own.filter(({ from, to }) => layerOf(to) < 0 || layerOf(to) > layerOf(from))), STILL_UPWARD);
});

test("main.ts imports only commands, lib/host and lib/cli", () => {
  const others = importsOf(read("main.ts")).filter(({ to }) => !/^(commands|lib\/host|lib\/cli)\//.test(to));
  assertEquals(pairs(others), []);
});

test("the simulated hypervisor knows no descriptor, ring or ioctl", () => {
  const allowed = /^lib\/(?:[^/]+|sim\/xen\/[^/]+|view\/port_status)\.ts$|^ffi\/syscalls\.ts$/;
  const xen = IMPORTS.filter(({ from }) => from.startsWith("lib/sim/xen/"));
  assertEquals(pairs(xen.filter(({ to }) => !allowed.test(to))), []);
  assertEquals(pairs(xen.filter(({ to, kind }) => to === "lib/view/port_status.ts" && kind !== "type")), []);
});

test("what is not Linux is loaded only by dynamic import", () => {
  const other = /^ffi\/\w+_(illumos|bsd|others)\.ts$|^lib\/sim\/illumos\//;
  const loaded = IMPORTS.filter(({ from, to, kind }) => kind === "value" && other.test(to) && !other.test(from));
  assertEquals(pairs(loaded), []);
});

test("the library's ./evtchn loads no libc, no simulator, no session and nothing that looks at a host until it is used", () => {
  const loaded = new Set(["lib/api/evtchn.ts"]);
  for (const from of loaded) { // it grows meanwhile
    const own = IMPORTS.filter((each) => each.from === from && each.kind === "value" && each.to.endsWith(".ts"));
    for (const { to } of own) loaded.add(to);
  }
  const late =
    /^ffi\/(libc|library|trace)|^lib\/(sim|session|view|xenstore|inspect|wiring|render|host|script)\/|device(_file)?\.ts$/;
  assertEquals([...loaded].filter((path) => late.test(path)), []);
  assertEquals(loaded.size > 5, true);
});

test("the schemas of records are imported for their types alone, so no command loads them", () => {
  const loaded = IMPORTS.filter(({ to, kind }) => to === "lib/record_schemas.ts" && kind !== "type");
  assertEquals(pairs(loaded), []);
  assertEquals(pairs(IMPORTS.filter(({ to }) => to === "typebox")), ["lib/record_schemas.ts -> typebox"]);
});

test("dynamic imports are literal", () => {
  assertEquals(using(/\bimport\.meta\.resolve\b/), STILL_RESOLVING);
});

test("one file ends the process, one opens libraries, none uses the console", () => {
  assertEquals(using(/\bDeno\.exit\b/), ["main.ts"]);
  assertEquals(using(/\bDeno\.dlopen\b/), ["ffi/library.ts"]);
  assertEquals(using(/\bconsole\.\w/), []);
});

test("only lib/host and main.ts use standard streams, signals, the environment and programs", () => {
  const host =
    /\bDeno\.(?:stdin|stdout|stderr|args|env|exitCode|consoleSize|Command|kill|(?:add|remove)SignalListener)\b|\b(?:alert|confirm|prompt)\(/;
  assertEquals(using(host).filter((path) => !path.startsWith("lib/host/") && path !== "main.ts"), []);
});

test("no file has a path of one machine", () => {
  // In parts, so that this file does not match.
  const paths = new RegExp(["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"].join("|"));
  const folders = ["ffi/", "lib/", "commands/", "packaging/", "tests/", "docs/"];
  const all = [...folders.flatMap((folder) => [...filesIn(folder)]), "main.ts", "deno.json", "README.md"];
  assertEquals(all.filter((path) => paths.test(read(path).text)), []);
});
