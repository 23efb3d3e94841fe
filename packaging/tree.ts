/** The files of the packages, below a prefix such as /usr. @module */

import { VERBS } from "../commands/mod.ts";
import { bashCompletion } from "../lib/cli/completion/bash.ts";
import { fishCompletion } from "../lib/cli/completion/fish.ts";
import { completionOf } from "../lib/cli/completion/model.ts";
import { zshCompletion } from "../lib/cli/completion/zsh.ts";
import { type Release, run } from "./build.ts";
import { bundleFolder } from "./bundle.ts";
import { launcher, type Place } from "./launcher.ts";
import { manualPages } from "./man.ts";
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
  /** Whether manual pages are. */
  readonly compressed: boolean;
  /** Whether it is for Debian, which has the texts of licences. */
  readonly debian: boolean;
}

/** Writes the files below `prefix`, which must not be there yet. */
export async function writeTree(prefix: string, release: Release, contents: Contents): Promise<void> {
  const { place, deno, zsh, licences, debian, compressed } = contents;
  await Deno.mkdir(`${prefix}/lib`, { recursive: true });
  await bundleFolder(`${prefix}/lib/evtchn`);
  if (deno !== undefined) await Deno.copyFile(deno.path, `${prefix}/lib/evtchn/deno`);
  await write(`${prefix}/bin/evtchn`, await launcher(place, VERBS));
  for (const [name, text] of await manualPages(VERBS, new Date(release.epoch * 1000))) {
    const path = `${prefix}/share/man/man${name.at(-1)}/${name}`;
    await write(path, text);
    if (compressed) await compress(path);
  }
  const completion = await completionOf(VERBS);
  await write(`${prefix}/share/bash-completion/completions/evtchn`, bashCompletion(completion));
  await write(`${prefix}/${zsh}/_evtchn`, zshCompletion(completion));
  await write(`${prefix}/share/fish/vendor_completions.d/evtchn.fish`, fishCompletion(completion));
  for (const name of await namesIn(FLEET)) {
    await write(`${prefix}/${FLEET_FOLDER}/${name}`, await Deno.readTextFile(new URL(name, FLEET)));
  }
  await write(`${prefix}/${licences}/copyright`, await notices(deno?.version, debian));
  await setModes(prefix, release);
}

/** Units, alert rules and a dashboard: for whoever wants them to copy. Nothing of them is on by itself. */
const FLEET = new URL("../docs/fleet/", import.meta.url);

/** Where they are, below the prefix. */
export const FLEET_FOLDER = "share/doc/evtchn/fleet";

async function namesIn(folder: URL): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
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
