/**
 * Snapshots of a real host: the program for sh under three shells, and `collect`, which needs no tools, say the same;
 * what is looked at in them is what is there, row by row.
 */
import { assert, assertEquals } from "@std/assert";
import { parseSnapshot } from "../../lib/snapshot/format.ts";
import { COLLECT_SCRIPT } from "../../lib/snapshot/script.ts";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { withOutputs } from "../../lib/cli/derived_host.ts";
import type { Host } from "../../lib/host/host.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import { inFolder } from "../support/folder.ts";
import { Captured, type Outcome } from "../support/test_host.ts";
import { DEVICE, KERNEL } from "./device.ts";
import { dom0, guestTests } from "./guest.ts";

const test = guestTests("snapshot");

/** The shells of control domains, as they are started with the program on standard input. */
const SHELLS = [["busybox", "ash", "-s"], ["dash", "-s"], ["bash", "--posix", "-s"]];

/** What the program prints in a shell of dom0. */
async function collected([shell, ...words]: readonly string[]): Promise<string> {
  const process = new Deno.Command(shell, { args: words, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = process.stdin.getWriter();
  // An emulated host is slow: what is ended after 10 s is told here, and tried elsewhere.
  await writer.write(new TextEncoder().encode(COLLECT_SCRIPT.replace("LIMIT=10", "LIMIT=200")));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], shell);
  return new TextDecoder().decode(stdout);
}

/** The machine of files and programs. */
const MACHINE = denoHost();

/** evtchn in this process: on an emulated host a start takes seconds. Its libc is that of all tests. */
async function evtchn(...words: string[]): Promise<Outcome> {
  const outputs = { stdout: new Captured(), stderr: new Captured() };
  const host: Host = {
    ...withOutputs(MACHINE, outputs),
    keepOnly: undefined,
    kernel: () => Promise.resolve(KERNEL),
    onSignal: () => () => {},
  };
  const status = await runCommandLine(words, host, VERBS);
  return { status, stdout: outputs.stdout.text, stderr: outputs.stderr.text };
}

/** The sections of a snapshot that are not whole, but for files that no kernel of this rig has. */
function failures(text: string): string[] {
  const { sections, whole } = parseSnapshot(text);
  const wrong = [...sections].filter(([name, { status = 0, missing, cut }]) =>
    (status !== 0 || missing !== undefined || cut) && !name.startsWith("file ") && !name.startsWith("link ")
  );
  return [
    ...wrong.map(([name, { text, ...rest }]) => `${name} ${JSON.stringify(rest)} ${text.slice(-200)}`),
    ...whole ? [] : ["cut"],
  ];
}

const rowsOf = ({ stdout }: Outcome) => stdout.split("\n").filter((line) => !/^$|"op":"snapshot"/.test(line));

/** What guests and toolstacks may write: quotes, escapes, lines, permissions, bytes that are no UTF-8. */
const VALUES = ['"', 'a"b', "\\", "\\n", "two\nlines", '"   (n0,r1)', "\t\r\x01\x7f", "é€", "section command xl list"];

test("the program under ash, dash and bash, and collect, say what list and wiring say, row by row", async (guest) => {
  const folder = `/local/domain/${guest.domid}`;
  for (const [i, value] of VALUES.entries()) await dom0("xenstore-write", `${folder}/data/odd-${i}`, value);
  const vif = { state: "4", "backend-id": "0", backend: "/nowhere", "event-channel": "2" };
  for (const [key, value] of Object.entries(vif)) await dom0("xenstore-write", `${folder}/device/vif/7/${key}`, value);
  try {
    await inFolder(async (place) => {
      const live = ["--device", DEVICE];
      const looks = [["list", "--all", "--json"], ["wiring", "--json", "--no-bits"]];
      const wanted = [];
      for (const look of looks) wanted.push(rowsOf(await evtchn(...live, ...look)));
      assert(wanted[0].length > 20 && wanted[1].length >= 3, JSON.stringify(wanted));
      const own = await evtchn(...live, "collect");
      assertEquals([own.status, own.stderr], [0, ""]);
      const texts = new Map([["collect", own.stdout]]);
      for (const shell of SHELLS) texts.set(shell[0], await collected(shell));
      const again = [];
      for (const look of looks) again.push(rowsOf(await evtchn(...live, ...look)));
      assertEquals(again, wanted, "the host changed meanwhile");
      for (const [name, text] of texts) {
        assertEquals(failures(text), [], name);
        const path = `${place}/${name}.snapshot`;
        await Deno.writeTextFile(path, text);
        for (const [i, look] of looks.entries()) {
          assertEquals(rowsOf(await evtchn(...look, "--from", path)), wanted[i], `${look[0]} of ${name}`);
        }
      }
      const { status, stdout, stderr } = await evtchn(
        "wiring",
        "--from",
        `${place}/bash.snapshot`,
        "--diff",
        `${place}/collect.snapshot`,
      );
      assertEquals([status, stdout], [0, ""], stderr);
      // Without lsevtchn the ports are those of the dump.
      const bare = texts.get("busybox")!.replaceAll("section command lsevtchn", "section command other");
      await Deno.writeTextFile(`${place}/dump.snapshot`, bare);
      assertEquals(rowsOf(await evtchn("list", "--all", "--json", "--from", `${place}/dump.snapshot`)), wanted[0]);
    });
  } finally {
    await dom0("xenstore-rm", `${folder}/device/vif/7`);
  }
});
