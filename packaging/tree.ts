/** The files of the packages, below a prefix such as /usr. @module */

import { VERBS } from "../commands/mod.ts";
import { type Release, run } from "./build.ts";
import { bundleFolder } from "./bundle.ts";
import { launcher, type Place } from "./launcher.ts";
import { notices } from "./notices.ts";

/** What differs from package to package. */
export interface Contents {
  readonly place: Place;
  /** Deno's binary; undefined: it comes from elsewhere. */
  readonly deno?: { readonly path: string; readonly version: string };
  /** Where zsh looks, below the prefix. */
  readonly zsh: string;
  /** Where the licences are, below the prefix. */
  readonly licences: string;
  /** Whether it is for Debian, which has the texts of licences and wants manual pages compressed. */
  readonly debian: boolean;
}

/** Writes the files below `prefix`, which must not be there yet. */
export async function writeTree(prefix: string, release: Release, contents: Contents): Promise<void> {
  const { place, deno, licences, debian } = contents;
  await Deno.mkdir(`${prefix}/lib`, { recursive: true });
  await bundleFolder(`${prefix}/lib/evtchn`);
  if (deno !== undefined) await Deno.copyFile(deno.path, `${prefix}/lib/evtchn/deno`);
  await write(`${prefix}/bin/evtchn`, await launcher(place, VERBS));
  await write(`${prefix}/${licences}/copyright`, await notices(deno?.version, debian));
  await setModes(prefix, release);
}

/** Writes a file, and the folders above it. */
export async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
}

/** Compresses a file so that the same bytes come of it each time. */
export async function compress(path: string): Promise<void> {
  await run("gzip", ["-9n", path]);
}

/** Modes and times that do not depend on who builds, and when. */
export async function setModes(folder: string, { epoch }: Release): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await setModes(path, { epoch } as Release);
    await Deno.chmod(path, isDirectory || /\/bin\/[^/]+$|\/deno$/.test(path) ? 0o755 : 0o644);
    await Deno.utime(path, epoch, epoch);
  }
  await Deno.chmod(folder, 0o755);
  await Deno.utime(folder, epoch, epoch);
}

/** Packs a folder: the same folder gives the same bytes. */
export async function pack(archive: string, parent: string, folder: string, { epoch }: Release): Promise<void> {
  await run("tar", [
    ...["--sort=name", "--format=ustar", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${epoch}`],
    ...["-C", parent, "-cf", archive, folder],
  ]);
}
