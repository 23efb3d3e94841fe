/** Loads all files of lib/ and ffi/, so that a file that no test loads counts as not covered. @module */

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts") && !name.endsWith(".d.ts")) yield path;
  }
}

for (const folder of ["lib", "ffi"]) {
  for (const path of sources(folder)) await import(`../../${path}`);
}
