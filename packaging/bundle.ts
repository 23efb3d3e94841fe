/** The program as JavaScript: a folder of small files for packages, and one file that can be carried alone. @module */

import { DIST, ROOT, run } from "./build.ts";

/** Where each source says that the file that Deno runs is; every file of a bundle stands beside it. */
const MAIN_OF_SOURCES = 'new URL("../../main.ts",import.meta.url)';

/** The name of the file that Deno runs, in a package. */
export const MAIN = "main.js";

/**
 * The program in files of which a command reads only some.
 *
 * @param folder Must not be there yet.
 */
export async function bundleFolder(folder: string): Promise<void> {
  await bundle(["--code-splitting", "--outdir", folder]);
  let found = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const text = await Deno.readTextFile(path);
    found += text.split(MAIN_OF_SOURCES).length - 1;
    await Deno.writeTextFile(path, lazy(text.replace(MAIN_OF_SOURCES, `new URL("${MAIN}",import.meta.url)`)));
  }
  if (found !== 1) throw new Error(`Cannot bundle: ${found} files say where main.ts is, not one`);
  const main = `${folder}/${MAIN}`;
  const text = await Deno.readTextFile(main);
  await Deno.writeTextFile(main, text.replace(/^.*/, `#!/usr/bin/env -S deno ${(await denoWords()).join(" ")}`));
}

/**
 * The words that make Deno run a package: those of the first line of main.ts, and no other file than the package's own
 * is looked for.
 */
export async function denoWords(): Promise<string[]> {
  const main = await Deno.readTextFile(`${ROOT}/main.ts`);
  const words = /^#!\/usr\/bin\/env -S deno run (.*)$/m.exec(main)?.[1];
  if (words === undefined) throw new Error("Cannot tell how Deno runs main.ts: its first line does not say it");
  return ["run", "--no-config", "--cached-only", ...words.split(" ")];
}

/** The program as one file. It starts more slowly. */
export async function bundleFile(path: string): Promise<void> {
  await bundle(["--output", path]);
  const text = await Deno.readTextFile(path);
  if (!text.includes(MAIN_OF_SOURCES)) throw new Error("Cannot bundle: no file says where main.ts is");
  await Deno.writeTextFile(path, text.replace(MAIN_OF_SOURCES, "new URL(import.meta.url)"));
  await Deno.chmod(path, 0o755);
}

/** The names of files come from the paths of modules: those of npm packages are below the project, wherever that is. */
const FIXED = { cwd: ROOT, env: { DENO_DIR: `${DIST}/cache/deno` } };

function bundle(words: readonly string[]): Promise<string> {
  return run(Deno.execPath(), ["bundle", "--quiet", "--minify", ...words, "main.ts"], FIXED);
}

/** The names of the npm packages whose code is in a bundle: esbuild writes a comment with the path of each module. */
export async function bundledPackages(): Promise<string[]> {
  const text = await run(Deno.execPath(), ["bundle", "--quiet", "main.ts"], FIXED);
  const names = [...text.matchAll(/^ *\/\/ .*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/\d/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Error("Cannot tell which npm packages a bundle has: it does not say");
  return [...new Set(names)].sort();
}

/** Deno reads every file that a literal import names when the program starts; one that is computed when it is needed. */
function lazy(text: string): string {
  return text.replace(/\bimport\(("\.\/[\w.-]+")\)/g, "import((0,$1))");
}
