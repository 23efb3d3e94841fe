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
    lines: [
      "return failed(ready) ? ready : pollfd[3];",
      "if (ready === -1) {",
      "const again = pollNow(fd, events);",
      "return failed(again)",
    ],
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
    file: "ffi/libc.ts",
    lines: ["} catch {"],
    why: "a libc that is elsewhere: where the tests run, the first place that is looked at has one",
  },
  {
    file: "lib/handle/hub.ts",
    lines: ["skipped: () => {},"],
    why: "the hub's watch names no bindings, so it wants every port and skips none",
  },
  {
    file: "lib/replay/recording.ts",
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
    file: "lib/script/interpreter.ts",
    lines: ["this.#variables.set(name, done.ports ?? [])"],
    why: "the parser lets a statement be named only if its verb gets ports, and each of those gives them",
  },
  {
    file: "lib/session/connection.ts",
    lines: ["if (this.#stopping) return false;"],
    why: "a line that is read in the very turn in which the session begins to end: no test can put it there",
  },
  {
    file: "lib/session/connection.ts",
    lines: ["} catch {"],
    why: "nobody else closes the connection of a client today: a fault at its end would end the whole session",
  },
  {
    file: "lib/session/link.ts",
    lines: ["} catch {"],
    why: "only `close` closes the connection, and only once: whoever hangs up must not fail for what became of it",
  },
  {
    file: "lib/session/link.ts",
    lines: ["throw error instanceof BrokenLine ?"],
    why: "a Unix socket that nothing was sent on yet cannot be reset, and reads fail for nothing else",
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
  {
    file: "lib/session/place.ts",
    lines: ["mtime?.getTime() ?? 0", "mode ?? OTHERS"],
    why: "Deno's types allow for systems whose files have no times or modes; each system of evtchn has both",
  },
  {
    file: "lib/session/place.ts",
    lines: ['slash < 0 ? "."'],
    why: "a socket in the working folder, which is one for all tests of the process and so none of them changes",
  },
  {
    file: "lib/wiring/frontends.ts",
    lines: ["const rankOf ="],
    why: "each key that is ranked was found or made by one of the patterns that have ranks",
  },
  {
    file: "lib/xenstore/client.ts",
    lines: ["if (!(error instanceof BrokenMessage)) throw error;"],
    why: "a fault of the program's own, which nothing that a user can do leads to",
  },
  {
    file: "lib/xenstore/socket.ts",
    lines: ["instanceof Deno.errors.NotCapable"],
    why: "the tests have every permission; main.ts may read and write everywhere, which is what a socket takes",
  },
];
