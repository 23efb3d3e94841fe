/** Other hosts and snapshots, as a process with the permissions of its first line: ssh, tar and unzip of the PATH. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { run, start } from "../support/process.ts";
import { test } from "../support/test.ts";

/** A snapshot of a simulated host, whose guest 8 is called web. */
async function snapshot(): Promise<string> {
  const { stdout, status } = await run([], {
    sh: 'cd "$(mktemp -d)" && echo "create 8 --name web; device vif web --fault unbound" >world && ' +
      '"$@" session run --simulator --world world -- "$@" collect; rm world; rmdir "$PWD"',
  });
  assertEquals(status, 0);
  return stdout.slice(stdout.indexOf("evtchn-snapshot"));
}

/** A folder with programs in front of the PATH. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  work: (folder: string, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [name, text] of Object.entries(programs)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    await work(folder, { PATH: `${folder}:${Deno.env.get("PATH")}`, TESTED: folder });
  });
}

/** An ssh that answers as hosts would. */
const SSH = `for word; do echo "$word" >>"$TESTED/words"; done
while [ "$1" != -- ]; do shift; done
case $2 in
*down) echo "ssh: connect to host $2 port 22: Connection refused" >&2; exit 255 ;;
here) exec sh -c "$3" ;;
slow) echo "$$" >"$TESTED/pid"; exec sleep 1000 ;;
*) cat >"$TESTED/script"; cat "$TESTED/snap" ;;
esac`;

test("--host asks the user's own ssh, gives it the program, and shows what came", async () => {
  await withPrograms({ ssh: SSH }, async (folder, env) => {
    await Deno.writeTextFile(`${folder}/snap`, await snapshot());
    const { status, stdout, stderr } = await run(["wiring", "-q", "--host", "root@a", "--host", "down"], { env });
    assertEquals(status, 3, stderr);
    assertMatch(stdout, /^root@a {2}Domain 8 \(web\)\n/);
    assertMatch(stdout, /\ndown {4}Cannot look at host "down": ssh: connect to host down port 22: Connection refused/);
    assertMatch(await Deno.readTextFile(`${folder}/words`), /^-o\nBatchMode=yes\n-o\nConnectTimeout=10\n-T\n--\n/);
    const script = await Deno.readTextFile(`${folder}/script`);
    assertEquals(script, (await run(["collect", "--script"])).stdout);
    assertEquals((await run(["list", "--host", "down"], { env })).status, 1);
  });
});

test("the program runs in a shell that has it on standard input, and says what this machine lacks", async () => {
  await withPrograms({ ssh: SSH }, async (_folder, env) => {
    const { status, stdout } = await run(["collect", "--host", "here", "--no-debug-key"], { env });
    assertEquals(status, 0);
    assert(stdout.startsWith("evtchn-snapshot 1\n") && stdout.endsWith("\nend\n"), stdout);
    assertMatch(stdout, /^section file \/proc\/version\n Linux /m);
  });
});

test("^C ends what ssh waits for", async () => {
  await withPrograms({ ssh: SSH }, async (folder, env) => {
    const running = start(["list", "--host", "slow"], { env });
    const pid = await until(() => Deno.readTextFileSync(`${folder}/pid`));
    running.process.kill("SIGINT");
    assertEquals((await running.end()).status, 130);
    await until(() => {
      try {
        Deno.statSync(`/proc/${pid.trim()}`);
      } catch {
        return "gone";
      }
      return "";
    });
  });
});

/** What `look` gives once it gives something. */
async function until(look: () => string): Promise<string> {
  for (;;) {
    try {
      const found = look();
      if (found.endsWith("\n") || found === "gone") return found;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Packs a folder `bug` of the current one into $1. */
const PACKERS = { "report.tar.bz2": "tar -cjf", "report.tar": "tar -cf", "report.zip": "zip -qr" };

test("a status report is looked at as it is, packed by tar or zip, and as its folder", async () => {
  await inFolder(async (folder) => {
    const text = await snapshot();
    const bare = (section: string) =>
      text.split(`section ${section}\n`)[1].split("\nstatus")[0].replaceAll(/^ /gm, "") + "\n";
    await Deno.mkdir(`${folder}/bug/proc`, { recursive: true });
    await Deno.writeTextFile(`${folder}/bug/inventory.xml`, '<x><system-summary date="today" hostname="xs1"/></x>');
    await Deno.writeTextFile(`${folder}/bug/xenstore-ls-f.out`, bare("command xenstore-ls -f"));
    await Deno.writeTextFile(`${folder}/bug/xl-dmesg.out`, bare("dump e"));
    await Deno.writeTextFile(`${folder}/bug/proc/interrupts`, "            CPU0\n 24:  1  xen-dyn\n");
    await Deno.writeTextFile(`${folder}/bug/messages`, "x\n");
    const looked = await run(["wiring", "-q", "--from", `${folder}/bug`]);
    assertEquals([looked.status, looked.stdout.includes("unbound")], [3, true], looked.stderr);
    assertMatch(looked.stderr, /host xs1, /);
    for (const [name, packer] of Object.entries(PACKERS)) {
      const packed = await new Deno.Command("sh", {
        args: ["-c", `cd "$0" && command -v ${packer.split(" ")[0]} && ${packer} ${name} bug`, folder],
        stdout: "null",
        stderr: "null",
      }).output();
      if (!packed.success) continue; // this machine has no such packer
      assertEquals((await run(["wiring", "-q", "--from", `${folder}/${name}`])).stdout, looked.stdout, name);
    }
    await Deno.writeTextFile(`${folder}/broken.tar.bz2`, "no archive");
    const broken = await run(["wiring", "--from", `${folder}/broken.tar.bz2`]);
    assertEquals(
      [broken.status, /Cannot unpack ".*broken.tar.bz2" \(tar: /.test(broken.stderr)],
      [1, true],
      broken.stderr,
    );
  });
});
