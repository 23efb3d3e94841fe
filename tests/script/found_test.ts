/** Exit status 3: something wrong was found, apart from 1, could not do or see it. @module */

import { assertEquals } from "@std/assert";
import { run } from "../support/process.ts";
import { test } from "../support/test.ts";
import { script } from "../support/scripts.ts";
import { TestHost } from "../support/test_host.ts";

/** A guest with a broken disk, in a script. */
const BROKEN = "device vbd 1 --fault closed";

const status = async (text: string, ...words: string[]) => (await script(text, ...words)).status;

test("run ends with 3 where wiring, why or decode found something wrong, and nothing else failed", async () => {
  assertEquals(await status(`${BROKEN}; wiring 1`), 3);
  assertEquals(await status("why timer"), 3);
  assertEquals(await status(`${BROKEN}; wiring 1; why timer; print on`, "-k"), 3);
  const host = new TestHost();
  host.files["dump"] = "Event channel information for domain 0:\n   22 [1/1/ - ]: s=5 n=0 x=0 v=3\n";
  assertEquals(
    await host.run("--simulator run --json -e decode\tdump".split(" ").map((word) => word.replace("\t", " "))),
    {
      status: 3,
      stdout: [
        '{"op":"decode","domain":0,"port":22,"status":"virq","vcpu":0,"virq":"dom_exc","pending":true,"masked":true,' +
        '"stuck":"an event waits and the port is masked: its consumer was told of the last one and has not unmasked since",' +
        '"line":1}\n',
        '{"op":"decode","error":"fault","message":"1 of 1 ports looks stuck","line":1}\n',
      ].join(""),
      stderr: "",
    },
  );
});

test("run ends with 1 where anything else failed too, before or after", async () => {
  assertEquals(await status(`unbind 9999; ${BROKEN}; wiring 1`, "-k"), 1);
  assertEquals(await status(`${BROKEN}; wiring 1; unbind 9999`, "-k"), 1);
  assertEquals(await status("list 99; why timer", "-k"), 1);
});

test("run stops at what it found, without --keep-going", async () => {
  const { stdout, status } = await script("why timer; print on");
  assertEquals([status, stdout.includes("on\n")], [3, false]);
});

test("wiring that saw nothing but unknowns ends with 1, also in a script", async () => {
  assertEquals(await status("@1 wiring"), 1);
  assertEquals(await status("wiring 1", "-d", "sim:linux?privcmd=no"), 1);
  const { stdout } = await script("@1 wiring", "--json");
  const { error, message } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  assertEquals([error, message.replace(/:.*/, "")], ["EPERM", "Cannot see 2 of 2 channels"]);
});

test("what wiring found wrong without Xen counts more than what it could not see", async () => {
  const host = new TestHost({ privcmd: "no" });
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "waiting" });
  const { status, stdout, stderr } = await host.run("--simulator wiring 1");
  assertEquals([status, stderr.split("\n")[0]], [
    3,
    'evtchn: wiring: Xen\'s side is unknown: Cannot open "/dev/xen/privcmd": ENOENT',
  ]);
  assertEquals([stdout.includes("unknown"), stdout.includes("waiting")], [true, true]);
});

test("a shell without a terminal ends as a script with --keep-going does", async () => {
  const piped = async (text: string) => {
    const { status } = await run(["--simulator", "shell"], { sh: `printf '%s\\n' '${text}' | "$@"` });
    return status;
  };
  assertEquals(await piped("print on"), 0);
  assertEquals(await piped("why timer\nprint on"), 3);
  assertEquals(await piped("why timer\nunbind 9999\nwhy timer"), 1);
  assertEquals(await piped("nonsense"), 1);
});
