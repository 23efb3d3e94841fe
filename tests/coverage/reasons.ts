/**
 * What no test of the quick suite covers, and why that is right.
 *
 * @module
 */

/** Lines that may stay uncovered. */
export interface Reason {
  /** The file, from the root of the project. */
  readonly file: string;
  /** What the uncovered lines have in them, one text a line or a group of like lines; undefined: the whole file. */
  readonly lines?: readonly string[];
  readonly why: string;
}

/** The reasons. One that fits nothing that is uncovered is out of date, and the report says so. */
export const REASONS: readonly Reason[] = [
  {
    file: "ffi/libc.ts",
    lines: ["return failed(ready) ? ready : pollfd[3];", "if (ready === -1) {", "return failed(again)"],
    why: "poll(2) fails only for want of memory, or by a signal that meets its own thread",
  },
  {
    file: "ffi/libc.ts",
    lines: ["if (wake === -1) return errno();", 'if (typeof waiting === "string") return waiting;'],
    why: "eventfd(2) fails only where no descriptor is left, for the test runner neither",
  },
  {
    file: "ffi/libc.ts",
    lines: ["flags.cloexec ? O_CLOEXEC : 0"],
    why: "evtchn never opens a descriptor that programs inherit: dup(2) makes those",
  },
  {
    file: "lib/recording.ts",
    lines: ["if (!(error instanceof UsageError)) throw error;"],
    why: "a fault of the program's own, which nothing that a user can do leads to",
  },
  {
    file: "lib/script/syntax.ts",
    lines: ["if (!(error instanceof UsageError)) throw error;"],
    why: "a fault of the program's own, which nothing that a user can do leads to",
  },
  {
    file: "lib/script/interpreter.ts",
    lines: ["if (record === undefined) throw error;"],
    why: "a fault of the program's own, which nothing that a user can do leads to",
  },
  {
    file: "lib/session/link.ts",
    lines: ["instanceof Deno.errors.NotCapable"],
    why: "the tests have every permission; without -R the socket is not even found",
  },
  {
    file: "lib/session/place.ts",
    lines: ["instanceof Deno.errors.AlreadyExists"],
    why:
      "a runtime folder that is there, is the user's own, and takes no folder: root, who runs the tests, makes one anywhere",
  },
];
