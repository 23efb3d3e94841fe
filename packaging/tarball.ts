/** The archive for hosts without dpkg and rpm. @module */

import { type Architecture, DIST, type Release, run } from "./build.ts";
import type { DenoBinary } from "./deno_binary.ts";
import { UNPACKED } from "./launcher.ts";
import { pack, writeTree } from "./tree.ts";

/** Builds the archive of an architecture, which may be unpacked anywhere, and returns its path. */
export async function buildTarball(release: Release, { name }: Architecture, deno: DenoBinary): Promise<string> {
  const folder = `evtchn-${release.version}-linux-${name}`;
  await writeTree(`${DIST}/stage/${folder}`, release, {
    place: UNPACKED,
    deno,
    zsh: "share/zsh/site-functions",
    licences: "share/doc/evtchn",
    compressed: false,
    debian: false,
  });
  const path = `${DIST}/${folder}.tar`;
  await pack(path, `${DIST}/stage`, folder, release);
  await run("xz", ["-1", "--threads=2", "--force", path]);
  return `${path}.xz`;
}
