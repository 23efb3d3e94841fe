/**
 * The shape of the project, held by reading its imports.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { test } from "./support/test.ts";

const ROOT = new URL("..", import.meta.url);

/** A source file: its path from the top, and its text. */
interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(folder: string): Source[] {
  const found: Source[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${name}`;
    if (isDirectory) found.push(...sources(`${path}/`));
    else if (name.endsWith(".ts")) found.push({ path, text: Deno.readTextFileSync(new URL(path, ROOT)) });
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

const FFI = sources("ffi/");
const LIB = sources("lib/");
const PROGRAM = [...FFI, ...LIB, ...sources("commands/"), {
  path: "main.ts",
  text: Deno.readTextFileSync(new URL("main.ts", ROOT)),
}];

/** Comments left out: what a file says of another is no use of it. */
function code({ text }: Source): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

/** What a file imports, its own files by their path from the top. */
function imports(source: Source, only?: "dynamic"): string[] {
  // A type is no import at run time; an address that is resolved is one that is imported by it.
  const statement = only
    ? /(?<!typeof )\bimport(?:\.meta\.resolve)?\("([^"]+)"\)/g
    : /(?:\bfrom |(?<!typeof )\bimport |(?<!typeof )\bimport(?:\.meta\.resolve)?\()"([^"]+)"/g;
  return [...code(source).matchAll(statement)].map(([, specifier]) =>
    specifier.startsWith(".") ? new URL(specifier, new URL(source.path, "file:///")).pathname.slice(1) : specifier
  );
}

/** The imports of files that a rule does not allow, as `importer -> imported`. */
function against(files: readonly Source[], allowed: (imported: string) => boolean): string[] {
  return files.flatMap((file) =>
    imports(file).filter((path) => !allowed(path)).map((path) => `${file.path} -> ${path}`)
  );
}

/** The files whose code has `pattern` in it. */
const using = (pattern: RegExp) => PROGRAM.filter((file) => pattern.test(code(file))).map(({ path }) => path);

test("ffi imports nothing but ffi", () => {
  assertEquals(against(FFI, (path) => path.startsWith("ffi/")), []);
});

test("one place ends the process, one opens libraries, and none writes to a console", () => {
  assertEquals(using(/\bDeno\.exit\b/), ["main.ts"]);
  assertEquals(using(/\bDeno\.dlopen\b/), ["ffi/libc.ts"]);
  assertEquals(using(/\bconsole\./), []);
});

test("lib below cli and host prints nothing", () => {
  const printing = LIB.filter((file) =>
    !/^lib\/(cli|host)\//.test(file.path) && /\bDeno\.(stdout|stderr)|\bconsole\./.test(code(file))
  );
  assertEquals(printing.map(({ path }) => path), []);
});

test("nothing names a place of one machine", () => {
  // Written so that this line does not find itself.
  const places = new RegExp(["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"].join("|"));
  const named = [...PROGRAM, ...sources("tests/")].filter(({ text }) => places.test(text));
  assertEquals(named.map(({ path }) => path), []);
});
