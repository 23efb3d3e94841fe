/** Every package: the same bytes each time, installed where nothing else is, run, and removed. Wants root. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { build, copyProject, DIST, packageOf, packages, sh, System } from "./host.ts";

const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));

/** A test that changes root, and mounts: not for ordinary users. */
const asRoot = (name: string, fn: () => Promise<void>) => Deno.test({ name, fn, ignore: Deno.uid() !== 0 });

/** Makes evtchn do a little of everything; \`$evtchn\` is the program. It prints its version first. */
const TRY = `
  $evtchn --version
  $evtchn --simulator bind-virq dom_exc --hold 0s
  $evtchn run --simulator -e 'create 8 --name web; device vif web; wiring web' | grep -c event-channel
  echo 'print from a file' > /tmp/script; $evtchn run --simulator /tmp/script; rm /tmp/script
  eval "$($evtchn session start --simulator)"
  $evtchn alloc-unbound 1
  $evtchn complete domains | head -n 1 | cut -f 1
  eval "$($evtchn session stop)"`;

const TRIED = [version, "27", "2", "from a file", "27", "Domain-0", ""].join("\n");

Deno.test("two builds, at different places with different settings, have the same sums", () =>
  inFolder(async (folder) => {
    const first = await packages();
    await copyProject(folder);
    const env = {
      HOME: folder,
      TZ: "Asia/Kathmandu",
      LC_ALL: "C",
      DENO_DIR: `${folder}/.deno`,
      SOURCE_DATE_EPOCH: (await sh("git log -1 --format=%ct")).trim(),
    };
    const again = await build(folder, ["--arch", "amd64"], { env });
    assertEquals(again, first.filter((line) => !/arm64|aarch64/.test(line)));
    assertEquals(again.length, 5);
  }));

Deno.test("the packages of arm64 have a Deno for it", async () => {
  const deno = await sh(`dpkg-deb --fsys-tarfile '${await packageOf(/arm64\.deb$/)}' |
    tar -xO ./usr/lib/evtchn/deno | head -c 20 | od -An -tx1 -j 18 -N 2`);
  assertEquals(deno.trim(), "b7 00"); // EM_AARCH64
});

asRoot(
  "the .deb: a minimal Debian without a network has evtchn, its manual and its completions, and then no more",
  () =>
    inFolder(async (folder) => {
      const system = await System.unpack(folder);
      await Deno.copyFile(await packageOf(/amd64\.deb$/), `${folder}/evtchn.deb`);
      await system.run("mkdir -p /run/evtchn; rmdir /run/evtchn"); // as a first run leaves /run
      const before = await system.files();
      await system.run("dpkg -i /evtchn.deb");
      assertEquals(await system.run(`evtchn=evtchn; ${TRY}`), TRIED);
      assertMatch(await system.run("man evtchn-watch | cat"), /evtchn.*watch \[option/);
      assertEquals(
        await system.run("man -w evtchn-script evtchn-records | sed 's:.*/::'"),
        "evtchn-script.5.gz\nevtchn-records.5.gz\n",
      );
      assertEquals(
        await system.run("bash -c '. /usr/share/bash-completion/completions/evtchn; complete -p evtchn'"),
        "complete -F _evtchn evtchn\n",
      );
      assertEquals(
        await system.run("zsh -fc 'autoload -Uz compinit; compinit -u -D; echo $_comps[evtchn]'"),
        "_evtchn\n",
      );
      assertEquals(await system.run("fish -c 'complete -C \"evtchn notif\"' | cut -f 1"), "notify\n");
      // A user that can write nowhere.
      assertEquals(
        await system.run("setpriv --reuid 65534 --clear-groups env HOME=/none evtchn --simulator poll --events out"),
        "POLLOUT POLLWRNORM\n",
      );
      await system.run("dpkg -P evtchn");
      assertEquals((await system.files()).filter((path) => !before.includes(path)).filter(isTrace), []);
    }),
);

/** Not what man-db keeps of a page that was read; dpkg's own files and logs change whenever a package comes or goes. */
function isTrace(path: string): boolean {
  if (path.startsWith("./var/cache/man/")) return false;
  return !/^\.\/(var\/(lib\/dpkg|log)|dev|tmp)\b/.test(path) || /evtchn/.test(path);
}

asRoot("the .rpm: rpm --root installs it, evtchn runs in there, and it is erased", () =>
  inFolder(async (folder) => {
    const system = await System.unpack(folder);
    const rpm = `rpm --root '${folder}' --dbpath /var/lib/rpm`;
    await sh(`${rpm} --initdb`);
    const before = await system.files();
    const path = await packageOf(/x86_64\.rpm$/);
    assertEquals(await sh(`rpm -qp --requires '${path}' | grep glibc`), "glibc >= 2.27\n");
    await sh(`${rpm} -i --nodeps '${path}'`); // this system's glibc is Debian's
    assertEquals(await system.run(`evtchn=evtchn; ${TRY}`), TRIED);
    await sh(`${rpm} -e evtchn`);
    assertEquals((await system.files()).filter((path) => !before.includes(path) && /evtchn/.test(path)), []);
  }));

asRoot(
  "the archive: unpacked into a minimal Debian, it runs by its path, by a link and from where it is",
  () =>
    inFolder(async (folder) => {
      const system = await System.unpack(folder);
      await sh(`tar -C '${folder}/opt' -xf '${await packageOf(/amd64\.tar\.xz$/)}'`);
      const bin = `/opt/evtchn-${version}-linux-amd64/bin`;
      assertEquals(await system.run(`evtchn=${bin}/evtchn; ${TRY}`), TRIED);
      await system.run(`ln -s ${bin}/evtchn /usr/local/bin/evtchn`);
      assertEquals(
        await system.run(
          `evtchn --version; cd ${bin}; ./evtchn --version; cd ..; bin/evtchn --version; sh bin/evtchn --version`,
        ),
        `${version}\n`.repeat(4),
      );
    }),
);

Deno.test("the npm package: npm install -g --prefix, and npm uninstall", () =>
  inFolder(async (folder) => {
    const path = await packageOf(/\.tgz$/);
    await sh(`npm install --silent --no-fund --no-audit -g --prefix '${folder}' '${path}'`);
    const env = { PATH: `${folder}/bin:/usr/bin:/bin` }; // no Deno on it
    assertEquals(await sh(`evtchn=evtchn; ${TRY}`, { env }), TRIED);
    assertMatch(await sh(`ls '${folder}/share/man/man1'`), /^evtchn\.1$/m);
    await sh(`npm uninstall --silent -g --prefix '${folder}' evtchn`);
    assertEquals(await sh(`find '${folder}' -name '*evtchn*'`), "");
  }));

Deno.test("evtchn.js runs by itself where a Deno is on the PATH", () =>
  inFolder(async (folder) => {
    await packages();
    const deno = Deno.execPath();
    await Deno.symlink(deno, `${folder}/deno`);
    const env = { PATH: `${folder}:/usr/bin:/bin`, DENO_DIR: `${folder}/cache` };
    assertEquals(await sh(`evtchn='${DIST}/evtchn.js'; ${TRY}`, { env }), TRIED);
  }));

Deno.test("lintian finds no error", async () => {
  const found = await sh(`lintian --fail-on none '${await packageOf(/amd64\.deb$/)}' 2>&1`);
  assertEquals(found.split("\n").filter((line) => /^[EW]:/.test(line)), []);
});

Deno.test("mandoc finds nothing wrong with the manual pages", () =>
  inFolder(async (folder) => {
    await sh(
      `tar -C '${folder}' -xf '${await packageOf(/amd64\.tar\.xz$/)}' --strip-components=1 --wildcards '*/share/man'`,
    );
    const found = await sh("mandoc -T lint share/man/man?/* || true", { cwd: folder });
    // mandoc looks for other pages in this system, where these are not installed: they are looked for here.
    const [missing, others] = [[] as string[], [] as string[]];
    for (const line of found.trim().split("\n")) {
      const page = /referenced manual not found: Xr (evtchn\S*) (\d)/.exec(line);
      if (page === null) others.push(line);
      else missing.push(`share/man/man${page[2]}/${page[1]}.${page[2]}`);
    }
    assertEquals(others.filter((line) => line !== ""), []);
    assert(missing.length > 0);
    for (const page of new Set(missing)) assert((await Deno.stat(`${folder}/${page}`)).isFile, page);
  }));
