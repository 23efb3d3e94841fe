/**
 * Loads every file of lib/ and ffi/, so that one that no test loads counts as not covered.
 *
 * @module
 */

/** The TypeScript files under a folder, by their paths from the root of the project. */
export function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts") && !name.endsWith(".d.ts")) yield path;
  }
}

if (import.meta.main) {
  for (const folder of ["lib", "ffi"]) {
    for (const path of sources(folder)) await import(import.meta.resolve(`../../${path}`));
  }
}
