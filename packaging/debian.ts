/** The package for Debian and its relatives. @module */

import { type Architecture, DIST, type Release, run } from "./build.ts";
import type { DenoBinary } from "./deno_binary.ts";
import { SYSTEM } from "./launcher.ts";
import { compress, setModes, write, writeTree } from "./tree.ts";

/** Who answers for the packages. */
export const MAINTAINER = "the evtchn maintainers <evtchn@packages.invalid>";

export const SUMMARY = "work Xen event channels from the command line";

/** What it does, in lines of at most 78 columns. */
export const DESCRIPTION = [
  "evtchn binds, notifies and watches Xen event channels, and shows whether a",
  "guest's frontends reach their backends: at a prompt, in shell scripts, and on",
  "a simulated host where there is no Xen. It brings its own Deno, which starts",
  "it with no more permissions than it needs.",
];

/** What the programs that it brings need: Deno is built for this glibc. */
export const GLIBC = "2.27";

/** Removes what Deno remembers of evtchn's files, which only root writes, and the folder of root's
 * sessions. */
const POSTRM = `#!/bin/sh
set -e
if [ "$1" = remove ] || [ "$1" = purge ]; then
	rm -rf /var/cache/evtchn
	rmdir /run/evtchn 2>/dev/null || true
fi
`;

/** Reads the files once, so that later starts are quick, also where /var cannot be written. */
const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ]; then
	DENO_DIR=/var/cache/evtchn DENO_NO_UPDATE_CHECK=1 /usr/lib/evtchn/deno cache --quiet --no-config --no-remote \\
		/usr/lib/evtchn/*.js || true
fi
`;

/** Builds the .deb of an architecture and returns its path. */
export async function buildDeb(release: Release, { name }: Architecture, deno: DenoBinary): Promise<string> {
  const folder = `${DIST}/stage/deb-${name}`;
  const doc = "share/doc/evtchn";
  await writeTree(`${folder}/usr`, release, {
    place: SYSTEM,
    deno,
    zsh: "share/zsh/vendor-completions",
    licences: doc,
    compressed: true,
    debian: true,
  });
  await write(`${folder}/usr/${doc}/changelog`, changelog(release));
  await compress(`${folder}/usr/${doc}/changelog`);
  await write(
    `${folder}/usr/share/lintian/overrides/evtchn`,
    await Deno.readTextFile(new URL("lintian-overrides", import.meta.url)),
  );
  await Deno.mkdir(`${folder}/var/cache/evtchn`, { recursive: true });
  await setModes(folder, release);
  const sums = await run("sh", ["-c", "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum"], {
    cwd: folder,
  });
  const size = await installedSize(folder);
  await write(`${folder}/DEBIAN/md5sums`, sums + "\n");
  await write(`${folder}/DEBIAN/control`, control(release, name, size));
  await write(`${folder}/DEBIAN/postinst`, POSTINST);
  await write(`${folder}/DEBIAN/postrm`, POSTRM);
  await setModes(`${folder}/DEBIAN`, release);
  for (const script of ["postinst", "postrm"]) await Deno.chmod(`${folder}/DEBIAN/${script}`, 0o755);
  const path = `${DIST}/evtchn_${release.version}_${name}.deb`;
  await run("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--threads-max=2", "--build", folder, path], {
    env: { SOURCE_DATE_EPOCH: String(release.epoch) },
  });
  return path;
}

function control({ version }: Release, architecture: string, kibibytes: number): string {
  return `Package: evtchn
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: libc6 (>= ${GLIBC}), libgcc-s1 | libgcc1
Section: admin
Priority: optional
Description: ${SUMMARY}
${DESCRIPTION.map((line) => ` ${line}`).join("\n")}
`;
}

function changelog({ version, epoch }: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `evtchn (${version}) unstable; urgency=medium

  * This version's changes are told in the project's CHANGELOG.md.

 -- ${MAINTAINER}  ${date}
`;
}

/** As dpkg counts: a KiB for each folder, files rounded up. */
async function installedSize(folder: string): Promise<number> {
  let total = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    total += isDirectory ? 1 + await installedSize(path) : Math.ceil((await Deno.stat(path)).size / 1024);
  }
  return total;
}
