import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { COMMAND, run } from "../support/process.ts";
import { inFolder } from "../support/folder.ts";

const NO_DEVICE = "hint: this is no event-channel device: the usual one is /dev/xen/evtchn\n";

/** Every verb that works on a device, as it would be called. */
const VERBS = [
  ["read"],
  ["poll"],
  ["unmask", "7"],
  ["reset", "--unmask"],
  ["notify", "7"],
  ["unbind", "7"],
  ["restrict", "5"],
  ["watch", "virq:tbuf"],
  ["bind-virq", "tbuf"],
];

test("a device of another kind is refused", async () => {
  assertEquals(await run(["--device", "/dev/null", "read"]), {
    status: 1,
    stdout: "",
    stderr: `evtchn: read: Cannot use "/dev/null": ENOTTY\n${NO_DEVICE}`,
  });
});

test("no verb reads or writes a file that is no device", () =>
  inFolder(async (folder) => {
    const path = `${folder}/disk`;
    const content = "precious\n".repeat(1000);
    await Deno.writeTextFile(path, content);
    const { mtime } = await Deno.stat(path);
    for (const { status, stdout, stderr } of await Promise.all(VERBS.map((verb) => run(["-d", path, ...verb])))) {
      assertEquals([status, stdout], [1, ""]);
      assert(/^evtchn: [a-z-]+: Cannot .*: ENOTTY\nhint: .*\n$/.test(stderr), stderr);
    }
    assertEquals(await Deno.readTextFile(path), content);
    assertEquals((await Deno.stat(path)).mtime, mtime);
  }));

test("a folder and a missing path each have their own error", () =>
  inFolder(async (folder) => {
    const [asFolder, missing] = await Promise.all([run(["-d", folder, "read"]), run(["-d", `${folder}/x`, "read"])]);
    assertEquals([asFolder.status, missing.status], [1, 1]);
    assertEquals(asFolder.stderr.split("\n").slice(0, 2), [
      `evtchn: read: Cannot open "${folder}": EISDIR`,
      "hint: this is a folder: name the device itself, such as /dev/xen/evtchn",
    ]);
    assertEquals(missing.stderr.split("\n")[0], `evtchn: read: Cannot open "${folder}/x": ENOENT`);
    assert(missing.stderr.includes("modprobe xen-evtchn"));
  }));

Deno.test({
  name: "a device without permission has its own error",
  ignore: Deno.uid() === 0, // root may open everything
  sanitizeOps: true,
  sanitizeResources: true,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/device`, "", { mode: 0 });
      const { status, stderr } = await run(["-d", `${folder}/device`, "read"]);
      assertEquals([status, stderr.split("\n")[0]], [1, `evtchn: read: Cannot open "${folder}/device": EACCES`]);
      assert(stderr.includes("hint: the device belongs to root"));
    }),
});

test("a closed descriptor, or one of another file, is refused", async () => {
  const [closed, other, number] = await Promise.all([
    run(["--fd", "99", "read"]),
    run(["--fd", "3", "read"], { sh: '"$@" 3<>/dev/null' }),
    run(["read"], { env: { EVTCHN_FD: "abc" } }),
  ]);
  assertEquals(closed.stderr.split("\n")[0], "evtchn: read: Cannot use descriptor 99: EBADF");
  assertEquals(other.stderr, `evtchn: read: Cannot use descriptor 3: ENOTTY\n${NO_DEVICE}`);
  assertEquals(number.stderr.split("\n")[0], 'evtchn: read: Cannot use "abc" as a descriptor: expected a whole number');
  assertEquals([closed.status, other.status, number.status], [1, 1, 2]);
});

test("EVTCHN_FD is used", async () => {
  const { stderr } = await run(["read"], { env: { EVTCHN_FD: "3" }, sh: '"$@" 3<>/dev/null' });
  assertEquals(stderr.split("\n")[0], "evtchn: read: Cannot use descriptor 3: ENOTTY");
});

test("--trace shows the real system calls", async () => {
  const { stderr } = await run(["--trace", "-d", "/dev/null", "bind-virq", "tbuf"]);
  assertEquals(stderr.replace(/\b\d+(?=[,)])/g, "FD").split("\n").slice(0, 3), [
    'open("/dev/null", O_RDWR|O_NONBLOCK|O_CLOEXEC) = ' + /= (\d+)/.exec(stderr)![1],
    "ioctl(FD, IOCTL_EVTCHN_BIND_VIRQ, {virq=4}) = -1 ENOTTY",
    "close(FD) = 0",
  ]);
});

test("a missing Deno permission is an error that names it", async () => {
  const given = (...permissions: string[]) => ({
    command: [COMMAND[0], "run", "--quiet", "--no-prompt", ...permissions, COMMAND.at(-1)!],
  });
  for (const [lacking, permissions] of [["read", []], ["ffi", ["-R"]]] as const) {
    const { status, stdout, stderr } = await run(["poll"], given(...permissions));
    assertEquals([status, stdout], [1, ""]);
    assert(new RegExp(`^evtchn: poll: Requires ${lacking} access .*\nhint: .*permission.*\n$`).test(stderr), stderr);
  }
  assertEquals(
    (await run(["--simulator", "poll", "--events", "out"], given("-R"))).stdout,
    "POLLOUT POLLWRNORM\n",
  );
});
