/**
 * Keeps signals ignored that this process was started to ignore, as by nohup(1), or by a shell in the background. Deno's
 * first listener for any signal puts handlers of Deno's own in the place of what stood for SIGHUP, SIGINT and SIGTERM.
 *
 * @module
 */

import type { System } from "./ioctl.ts";
import { LIBC_PATHS, openGranted } from "./library.ts";

const SYMBOLS = {
  /** int sigaction(int signum, const struct sigaction *act, struct sigaction *oldact), with act NULL */
  sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** void (*signal(int sig, void (*func)(int)))(int), with func SIG_IGN */
  signal: { parameters: ["i32", "usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** More than `struct sigaction` has anywhere (152 bytes in glibc), in words of 8 bytes. */
const SIGACTION_WORDS = 32;

/** The handler of a signal that is ignored, on all systems. */
const SIG_IGN = 1n;

/**
 * Which word of `struct sigaction` is the handler: sys/signal.h, in glibc bits/sigaction.h. On illumos the flags, an
 * int, stand before it.
 */
const HANDLER: Readonly<Record<System, number>> = { linux: 0, freebsd: 0, netbsd: 0, illumos: 1 };

/**
 * Does `work`, which may add listeners for signals, and ignores afterwards what was ignored before.
 *
 * @param signals The numbers of the signals that matter.
 * @returns Those of them that are ignored; none if that is not known: without `--allow-ffi`, or on another system.
 */
export function keepIgnored(signals: readonly number[], work: () => void): readonly number[] {
  const system = systemOf(Deno.build.os);
  const libc = system && openGranted(LIBC_PATHS[system], SYMBOLS);
  const action = new BigUint64Array(SIGACTION_WORDS);
  const bytes = new Uint8Array(action.buffer);
  const ignored = libc === undefined ? [] : signals.filter((signal) => {
    return libc.sigaction(signal, null, bytes) === 0 && action[HANDLER[system!]] === SIG_IGN;
  });
  work();
  for (const signal of ignored) libc!.signal(signal, SIG_IGN);
  return ignored;
}

/** The system with this name in `Deno.build.os`, which tells Solaris from illumos. */
function systemOf(os: string): System | undefined {
  if (os === "solaris") return "illumos";
  return Object.hasOwn(LIBC_PATHS, os) ? os as System : undefined;
}
