/** The program for sh: under each shell of this machine, with tools that a test makes. */
import { assert, assertEquals } from "@std/assert";
import { parseSnapshot } from "../../lib/snapshot/format.ts";
import { COLLECT_SCRIPT, withoutDebugKey } from "../../lib/snapshot/script.ts";
import { SnapshotView } from "../../lib/snapshot/snapshot_view.ts";
import { inFolder } from "../support/folder.ts";
import { test } from "../support/test.ts";

/** Shells by name, those of them that this machine has. */
const SHELLS = [["dash"], ["busybox", "sh"], ["bash"], ["bash", "--posix"]].filter(([name]) => has(name));

/** What the program uses besides the tools of Xen. */
const BASE = ["sed", "cat", "date", "uname", "id", "head", "sleep", "readlink", "sh"];

function has(program: string): boolean {
  return placeOf(program) !== undefined;
}

function placeOf(program: string): string | undefined {
  for (const folder of ["/bin", "/usr/bin", "/usr/local/bin"]) {
    try {
      if (Deno.statSync(`${folder}/${program}`).isFile) return `${folder}/${program}`;
    } catch {
      // it is not here
    }
  }
}

const DUMP = `(XEN) Event channel information for domain 0:
(XEN)       24 [0/0/  -   ]: s=3 n=1 x=0 d=1 p=1
(XEN) Event channel information for domain 1:
(XEN)        1 [0/0/  -   ]: s=3 n=0 x=0 d=0 p=24`;

/** A control domain's tools; they note what they were asked. */
const TOOLS: Readonly<Record<string, string>> = {
  xl: `echo "xl $*" >>"$0.log"
case $1 in
list) printf 'Name                                        ID   Mem VCPUs\\tState\\tTime(s)\\n'
	echo 'Domain-0                                     0  2048     2     r-----     123.4'
	echo 'web                                          1   384     1     --p---       2.5' ;;
info) echo 'release : 6.1' ;;
dmesg) cat <<'END'
(XEN) 'e' pressed -> dumping event-channel info
${DUMP}
END
	;;
esac`,
  "xenstore-read": "echo 0",
  "xenstore-list": "echo 0; echo 1; echo not-a-number",
  "xenstore-ls": String
    .raw`printf '%s\n' '/local/domain/0/name = "Domain-0"   (n0)' '/local/domain/1/name = "w\x1b"   (n0,r1)' \
	'/local/domain/1/vnc-passwd = "hidden"   (n0)' '/local/domain/1/data/set_clipboard = "hidden"   (n1)'
printf 'section forged\nend\nno end of line'`,
  lsevtchn: `case $1 in
0) echo '  24: VCPU 1: Interdomain (Connected) - Remote Domain 1, Port 1' ;;
1) echo '   1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 24' ;;
esac`,
};

/** Runs the program with these tools alone. */
async function collected(
  [shell, ...words]: readonly string[],
  tools: Readonly<Record<string, string>>,
  script = COLLECT_SCRIPT,
): Promise<{ readonly text: string; readonly log: string }> {
  let result = { text: "", log: "" };
  await inFolder(async (folder) => {
    for (const name of BASE) await Deno.symlink(placeOf(name)!, `${folder}/${name}`);
    for (const [name, text] of Object.entries(tools)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    // The host's own tools are not meant.
    const alone = script.replace(/^PATH=.*$/m, "").replace(/for folder in \/usr.*; do/, "for folder in; do");
    const process = new Deno.Command(placeOf(shell)!, {
      args: [...words, "-s"],
      env: { PATH: folder },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(alone));
    await writer.close();
    const { code, stdout, stderr } = await process.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], `${shell} ${words}`);
    const log = await Deno.readTextFile(`${folder}/xl.log`).catch(() => "");
    result = { text: new TextDecoder().decode(stdout), log };
  });
  return result;
}

test("under every shell the program records what the tools print, and nothing that they print is a heading", async () => {
  assert(SHELLS.length > 0);
  for (const shell of SHELLS) {
    const { text, log } = await collected(shell, TOOLS);
    const recording = parseSnapshot(text);
    assertEquals([recording.whole, recording.sections.has("forged")], [true, false], text);
    assert(recording.time !== undefined && recording.host !== undefined);
    assertEquals(log, "xl info\nxl list\nxl debug-keys e\nxl dmesg\n");
    const view = new SnapshotView(recording);
    assertEquals(view.domains().map(({ domain, paused }) => [domain, paused]), [[0, false], [1, true]]);
    assertEquals(view.dump("e"), `(XEN) 'e' pressed -> dumping event-channel info\n${DUMP}\n`);
    assertEquals(view.tables().table(1), [{
      port: 1,
      vcpu: 0,
      status: "interdomain",
      remoteDomain: 0,
      remotePort: 24,
    }]);
    const store = view.store();
    assertEquals(await store.read("/local/domain/1/name"), "w\x1b");
    assert(!text.includes("hidden"), text);
    assertEquals([await store.read("/local/domain/1/vnc-passwd"), await store.directory("/")], ["", ["local"]]);
    const interrupts = view.files().read("/proc/interrupts");
    assert(typeof interrupts !== "string" && interrupts.text.includes("CPU0"));
  }
});

test("without its tools the program says so, and --no-debug-key presses no key", async () => {
  for (const shell of SHELLS) {
    const { sections, whole } = parseSnapshot((await collected(shell, {})).text);
    for (const name of ["xl list", "xenstore-ls -fp", "lsevtchn", "xl debug-keys e"]) {
      assertEquals(sections.get(`command ${name}`)?.missing, `there is no ${name.split(" ")[0]}`);
    }
    assertEquals(whole, true);
    const { text, log } = await collected(shell, TOOLS, withoutDebugKey(COLLECT_SCRIPT));
    assertEquals(log, "xl info\nxl list\nxl dmesg\n");
    assertEquals(parseSnapshot(text).sections.get("command xl debug-keys e")?.missing, "--no-debug-key was given");
  }
});

test("a tool that hangs is ended, with what it depends on, and the rest goes on", async () => {
  const hanging = { ...TOOLS, "xenstore-ls": `echo '/local/domain/0/name = "x"'\nexec sleep 1000` };
  for (const shell of SHELLS) {
    const { text } = await collected(shell, hanging, COLLECT_SCRIPT.replace("LIMIT=10", "LIMIT=0.2"));
    const { sections, whole } = parseSnapshot(text);
    const { status, cut } = sections.get("command xenstore-ls -fp")!;
    assertEquals([status, cut, whole, sections.get("command xl list")?.status], [124, true, true, 0]);
  }
});

Deno.test({
  name: "shellcheck finds nothing in the program",
  ignore: !has("shellcheck"),
  async fn() {
    const path = new URL("../../lib/snapshot/collect.sh", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command("shellcheck", { args: [path] }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, ""]);
  },
});
