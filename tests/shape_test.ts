/**
 * The shape of the project, held by reading its imports.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { test } from "./sim/harness.ts";

const ROOT = new URL("..", import.meta.url);

/** The most lines that a file of the program has. */
const LONGEST = 230;

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
const COMMANDS = sources("commands/");
const PROGRAM = [...FFI, ...LIB, ...COMMANDS, {
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

test("lib imports lib and, of ffi, only what needs no kernel", () => {
  const allowed = /^lib\/|^ffi\/(syscalls|abi(_\w+)?|errno|endian|privcmd)\.ts$|^@std\/cli\/parse-args$|^node:timers$/;
  assertEquals(against(LIB, (path) => allowed.test(path)), []);
});

test("the hypervisor of the simulator knows no descriptor, ring or ioctl", () => {
  const xen = LIB.filter(({ path }) => /^lib\/sim\/(hypervisor|domain|ports|status|virqs|boot)\.ts$/.test(path));
  assertEquals(xen.length, 6);
  const allowed =
    /^lib\/(virq|port_status)\.ts$|^ffi\/syscalls\.ts$|^lib\/sim\/(hypervisor|domain|ports|status|virqs)\.ts$/;
  assertEquals(against(xen, (path) => allowed.test(path)), []);
});

test("commands import no simulator and no libc but where the world outside is made", () => {
  const others = COMMANDS.filter(({ path }) => path !== "commands/deno_host.ts");
  assertEquals(against(others, (path) => !/^lib\/sim\/|^ffi\/libc\.ts$/.test(path)), []);
});

test("libc and the simulator are loaded only when they are called for", () => {
  const host = COMMANDS.find(({ path }) => path === "commands/deno_host.ts")!;
  const lazily = imports(host, "dynamic");
  for (const path of ["ffi/libc.ts", "lib/sim/mod.ts"]) {
    assertEquals([imports(host), lazily].map((all) => all.filter((found) => found === path).length), [1, 1], path);
    assertEquals(
      PROGRAM.filter((file) => file !== host && !file.path.startsWith("lib/sim/") && imports(file).includes(path)),
      [],
    );
  }
});

test("what is not Linux is loaded only when it is called for", () => {
  const others = /^ffi\/(abi|errno|libc)_(illumos|bsd|others)\.ts$|^lib\/sim\/illumos(_handle)?\.ts$/;
  const eager = PROGRAM.filter(({ path }) => !others.test(path)).flatMap((file) => {
    const lazy = imports(file, "dynamic");
    return imports(file).filter((path) => others.test(path) && !lazy.includes(path)).map((path) =>
      `${file.path} ${path}`
    );
  });
  assertEquals(eager, []);
});

test("one place ends the process, one opens libraries, and none writes to a console", () => {
  assertEquals(using(/\bDeno\.exit\b/), ["main.ts"]);
  assertEquals(using(/\bDeno\.dlopen\b/), ["ffi/libc.ts"]);
  assertEquals(using(/\bconsole\./), []);
});

test("only the edges of the program know Deno's streams, signals, programs and environment", () => {
  assertEquals(using(/\bDeno\.(stdout|stderr|stdin|env|args|Command|addSignalListener)\b/), [
    "commands/deno_host.ts",
    "commands/terminal.ts",
    "main.ts",
  ]);
});

test("lib prints nothing", () => {
  const printing = LIB.filter((file) => /\bDeno\.(stdout|stderr)|\bconsole\./.test(code(file)));
  assertEquals(printing.map(({ path }) => path), []);
});

test("no file is past its one idea", () => {
  const lines = ({ text }: Source) => text.split("\n").length - 1;
  assertEquals(PROGRAM.filter((file) => lines(file) > LONGEST).map((file) => `${file.path}: ${lines(file)}`), []);
});

test("nothing names a place of one machine", () => {
  // Written so that this line does not find itself.
  const places = new RegExp(["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"].join("|"));
  const named = [...PROGRAM, ...sources("tests/")].filter(({ text }) => places.test(text));
  assertEquals(named.map(({ path }) => path), []);
});
