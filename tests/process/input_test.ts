import { assertEquals } from "@std/assert";
import { run } from "../support/process.ts";
import { test } from "../support/test.ts";

test("standard input can be named as the file that it is", async () => {
  const sh = `echo "print hello" | "$@"`;
  assertEquals(await run(["--simulator", "run", "/dev/stdin"], { sh }), { status: 0, stdout: "hello\n", stderr: "" });
});

test("a file that Deno does not read is refused with what can be done", async () => {
  assertEquals(await run(["decode", "/proc/self/status"]), {
    status: 2,
    stdout: "",
    stderr: 'evtchn: decode: Cannot read "/proc/self/status": Deno does not read such a file\n' +
      "hint: `cat /proc/self/status` can be piped in\n",
  });
});

test("a file that is too large is refused", async () => {
  const { status, stderr } = await run(["decode"], { sh: 'head -c 300000000 /dev/zero | "$@"' });
  assertEquals([status, stderr.split("\n")[0]], [2, 'evtchn: decode: Cannot read "-": it is larger than 256 MiB']);
});

test("an environment variable that is not UTF-8 is a wrong command line", async () => {
  const { status, stderr } = await run(["poll"], { sh: `EVTCHN_DEVICE=$(printf "\\377") "$@"` });
  assertEquals([status, stderr.split("\n")[0]], [2, "evtchn: poll: Cannot use EVTCHN_DEVICE: it is not UTF-8"]);
});

test("a prompt whose input is endless or cannot be read says so in a line", async () => {
  const endless = await run(["shell", "--simulator"], { sh: '"$@" </dev/zero' });
  assertEquals([endless.status, endless.stderr.split("\n")[0]], [
    2,
    "evtchn: shell: Cannot read a line: it is longer than 1048576 bytes",
  ]);
  const closed = await run(["shell", "--simulator"], { sh: '"$@" 0>/dev/null' });
  assertEquals([closed.status, closed.stderr.split("\n")[0]], [2, "evtchn: shell: Cannot read standard input: EBADF"]);
});

test("the last line at a prompt needs no newline", async () => {
  assertEquals((await run(["shell", "--simulator"], { sh: 'printf "print a\\nprint b" | "$@"' })).stdout, "a\nb\n");
});
