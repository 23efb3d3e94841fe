/** The package for npm. @module */

import { ARCHITECTURES, DIST, type Release, ROOT, run } from "./build.ts";
import { SUMMARY } from "./debian.ts";
import { NPM } from "./launcher.ts";
import { pack, setModes, write, writeTree } from "./tree.ts";

/** Builds the package and returns its path. */
export async function buildNpm(release: Release): Promise<string> {
  const folder = `${DIST}/stage/npm/package`;
  await writeTree(folder, release, {
    place: NPM,
    zsh: "share/zsh/site-functions",
    licences: "share/doc/evtchn",
    compressed: false,
    debian: false,
  });
  for (const name of ["LICENSE", "README.md"]) await Deno.copyFile(`${ROOT}/${name}`, `${folder}/${name}`);
  await write(`${folder}/package.json`, JSON.stringify(await manifest(folder, release), null, 2) + "\n");
  await setModes(folder, release);
  const path = `${DIST}/evtchn-${release.version}`;
  await pack(`${path}.tar`, `${DIST}/stage/npm`, "package", release);
  await run("gzip", ["-9n", "--suffix", ".tgz", "--force", `${path}.tar`]);
  await Deno.rename(`${path}.tar.tgz`, `${path}.tgz`);
  return `${path}.tgz`;
}

/** Deno is optional: where npm has none for the machine, the one on the PATH is taken. */
async function manifest(folder: string, { version }: Release): Promise<object> {
  const dependencies = ARCHITECTURES.map(({ deno }) => {
    const at = deno.lastIndexOf("@");
    return [deno.slice(0, at), deno.slice(at + 1)];
  });
  return {
    name: "evtchn",
    version,
    description: SUMMARY,
    license: "MIT",
    type: "module",
    bin: { evtchn: "bin/evtchn" },
    man: await manualPages(folder),
    optionalDependencies: Object.fromEntries(dependencies),
  };
}

async function manualPages(folder: string): Promise<string[]> {
  const found = await run("sh", ["-c", "find share -path '*/man/*' -type f | LC_ALL=C sort"], { cwd: folder });
  return found.split("\n").filter((path) => path !== "");
}
