/** Deno's own binary, from the npm registry. @module */

import { type Architecture, DIST, run } from "./build.ts";

/** What is taken of Deno's packages. */
export interface DenoBinary {
  /** The path of the binary. */
  readonly path: string;
  readonly version: string;
}

/**
 * Downloads the binary of an architecture, once for all builds.
 *
 * @throws {Error} If the archive is not the one that {@linkcode Architecture} knows.
 */
export async function denoBinary({ name, deno, integrity }: Architecture): Promise<DenoBinary> {
  const version = deno.slice(deno.lastIndexOf("@") + 1);
  const folder = `${DIST}/cache/deno-${version}-${name}`;
  const archive = `${folder}.tgz`;
  if (!await exists(archive)) {
    await Deno.mkdir(`${DIST}/cache`, { recursive: true });
    const file = await run("npm", ["pack", "--silent", deno, "--pack-destination", `${DIST}/cache`]);
    await Deno.rename(`${DIST}/cache/${file.split("\n").at(-1)}`, archive);
  }
  await check(archive, integrity);
  await Deno.mkdir(folder, { recursive: true });
  await run("tar", ["-C", folder, "-xzf", archive, "package/deno"]);
  return { path: `${folder}/package/deno`, version };
}

async function check(archive: string, integrity: string): Promise<void> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", await Deno.readFile(archive)));
  const found = `sha512-${hash.toBase64()}`;
  if (found === integrity) return;
  await Deno.remove(archive);
  throw new Error(`Cannot use ${archive}: its integrity is ${found}, not ${integrity}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
