/** The package for Fedora, openSUSE and their relatives. @module */

import { type Architecture, DIST, has, type Release, run } from "./build.ts";
import { DESCRIPTION, GLIBC, MAINTAINER, SUMMARY } from "./debian.ts";
import type { DenoBinary } from "./deno_binary.ts";
import { SYSTEM } from "./launcher.ts";
import { FLEET_FOLDER, write, writeTree } from "./tree.ts";

/**
 * Builds the .rpm of an architecture and returns its path.
 *
 * @throws {Error} If there is no rpmbuild.
 */
export async function buildRpm(release: Release, { name, rpm }: Architecture, deno: DenoBinary): Promise<string> {
  if (!await has("rpmbuild")) {
    throw new Error("Cannot build a .rpm: there is no rpmbuild (Debian: apt-get install rpm)");
  }
  const folder = `${DIST}/stage/rpm-${name}`;
  await writeTree(`${folder}/tree/usr`, release, {
    place: SYSTEM,
    deno,
    zsh: "share/zsh/site-functions",
    licences: "share/licenses/evtchn",
    compressed: true,
    debian: false,
  });
  const files = await run("sh", ["-c", "find . -type f | LC_ALL=C sort"], { cwd: `${folder}/tree` });
  await write(`${folder}/evtchn.spec`, spec(release, files.split("\n").map((path) => path.slice(1))));
  const macros = { _topdir: `${folder}/top`, _rpmdir: folder, tree: `${folder}/tree` };
  await run("rpmbuild", [
    "-bb",
    "--quiet",
    ...["--target", `${rpm}-linux`],
    ...Object.entries(macros).flatMap(([macro, value]) => ["--define", `${macro} ${value}`]),
    `${folder}/evtchn.spec`,
  ], { env: { SOURCE_DATE_EPOCH: String(release.epoch) } });
  const path = `${DIST}/evtchn-${release.version}-1.${rpm}.rpm`;
  await Deno.rename(`${folder}/evtchn-${release.version}-1.${rpm}.rpm`, path);
  return path;
}

/** Nothing is compiled, stripped or looked into: the tree is packed as it is, by nobody, at the time of the commit. */
function spec({ version, epoch }: Release, files: readonly string[]): string {
  const date = new Date(epoch * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+).*/, "$1 $3 $2 $4");
  return `%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _buildhost reproducible
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _binary_payload w1T2.xzdio
%global _rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm

Name: evtchn
Version: ${version}
Release: 1
Summary: ${SUMMARY[0].toUpperCase()}${SUMMARY.slice(1)}
License: MIT
Packager: ${MAINTAINER}
AutoReqProv: no
Requires: glibc >= ${GLIBC}, libgcc

%description
${DESCRIPTION.join("\n")}

%install
mkdir -p %{buildroot}/var/cache/evtchn
cp -a %{tree}/usr %{buildroot}/

%post
DENO_DIR=/var/cache/evtchn DENO_NO_UPDATE_CHECK=1 /usr/lib/evtchn/deno cache --quiet --no-config --no-remote \\
	/usr/lib/evtchn/*.js || true

%postun
if [ "$1" = 0 ]; then
	rm -rf /var/cache/evtchn
	rmdir /run/evtchn 2>/dev/null || true
fi

%files
%defattr(-,root,root,-)
%dir /usr/lib/evtchn
%dir /usr/share/licenses/evtchn
%dir /usr/share/doc/evtchn
%dir /usr/${FLEET_FOLDER}
%dir /var/cache/evtchn
${files.join("\n")}

%changelog
* ${date} ${MAINTAINER} - ${version}-1
- This version's changes are told in the project's CHANGELOG.md.
`;
}
