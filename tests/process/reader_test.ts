import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { start } from "../support/process.ts";

/** Runs `"$@"` with standard output a pipe that is full and that nobody reads. */
const NOBODY_READS = `
  pipe=$(mktemp -u) && mkfifo "$pipe" && exec 3<>"$pipe" &&
  dd if=/dev/zero of="$pipe" bs=65536 count=1 2>/dev/null && exec 4>"$pipe" && rm "$pipe" && exec "$@" >&4 4>&-
`;

/** How long, milliseconds, until a process that has not ended by its signal is killed. */
const TOO_LONG = 15_000;

test("who does not read does not keep alive what goes on until a signal", async () => {
  // The trace says that it has begun: what it prints next is more than the pipe takes.
  const commands: readonly (readonly [words: string, begun: RegExp])[] = [
    ["watch self:any self:27", /^read\(.*\n/m],
    ["ping --interval 10ms", /^read\(.*\n/m],
    ["top self:any --interval 10ms", /^poll\(|^read\(/m],
    ["wiring --watch", /^poll\(|^read\(.*\n/m],
  ];
  await Promise.all(commands.map(async ([words, begun]) => {
    const process = start(["--simulator", "--trace", ...words.split(" ")], { sh: NOBODY_READS });
    await process.stderr.until(begun);
    process.process.kill("SIGTERM");
    const late = setTimeout(() => process.process.kill("SIGKILL"), TOO_LONG);
    const { status } = await process.end();
    clearTimeout(late);
    assertEquals([words, status], [words, 143]);
  }));
});
