import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { start } from "../support/process.ts";

/** Runs `"$@"` with a full pipe as standard output, which nobody reads. */
const NOBODY_READS = `
  pipe=$(mktemp -u) && mkfifo "$pipe" && exec 3<>"$pipe" &&
  dd if=/dev/zero of="$pipe" bs=65536 count=1 2>/dev/null && exec 4>"$pipe" && rm "$pipe" && exec "$@" >&4 4>&-
`;

/** A process that a signal has not ended is killed after this time, milliseconds. */
const TOO_LONG = 15_000;

test("a signal ends evtchn even if nobody reads its output", async () => {
  // The trace shows that it has begun: its next output does not fit the pipe.
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
