import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { explain } from "../../lib/explain.ts";
import type { Errno } from "../../ffi/syscalls.ts";
import { test } from "../support/test.ts";

/** The errnos of each verb: of Linux (drivers/xen/evtchn.c), of Solaris, and of Xen. */
const REFUSALS: Readonly<Record<string, readonly Errno[]>> = {
  open: ["ENOENT", "ENODEV", "ENXIO", "EACCES", "EAGAIN", "EISDIR"],
  "bind-virq": ["EACCES", "EINVAL", "EBUSY", "EEXIST", "ENOSPC", "EPERM"],
  "bind-interdomain": ["EACCES", "ESRCH", "EINVAL", "ENOSPC", "EPERM"],
  "alloc-unbound": ["EACCES", "ESRCH", "ENOSPC", "EPERM"],
  "bind-static": ["ENOSYS", "EISCONN", "EBUSY", "ENOMEM", "EPERM"],
  unbind: ["EINVAL", "ENOTCONN", "EFAULT", "EPERM"],
  notify: ["ENOTCONN", "EINVAL", "EPERM"],
  unmask: ["EPERM"],
  reset: ["ENOSYS", "EPERM"],
  restrict: ["EACCES", "EINVAL", "ENOSYS", "EPERM"],
  read: ["EAGAIN", "EFBIG", "EPERM"],
  watch: ["EFBIG", "ENOTCONN", "EBADF", "EPERM"],
  poll: ["EBADF"],
};

test("every errno of a driver has a hint, in one line without a full stop", () => {
  for (const [verb, errnos] of Object.entries(REFUSALS)) {
    for (const errno of errnos) {
      const hint = explain(verb, errno);
      assert(hint !== undefined, `${verb} ${errno}`);
      assert(!/\n|\.$|^[A-Z][a-z]+ing /.test(hint), hint);
    }
  }
});

test("the hint depends on the verb", () => {
  assertNotEquals(explain("bind-virq", "EINVAL"), explain("bind-interdomain", "EINVAL"));
  assertNotEquals(explain("bind-virq", "EACCES"), explain("open", "EACCES"));
  assertNotEquals(explain("read", "EAGAIN"), explain("open", "EAGAIN"));
});

test("a slow xenstored is not called dead", () => {
  const hint = explain("xenstore", "ETIMEDOUT")!;
  assert(/does not answer, or is slow/.test(hint) && !/gone|dead|restarted/.test(hint), hint);
});

test("an unknown errno has no hint", () => {
  assertEquals(explain("notify", "EXDEV"), undefined);
  assertEquals(explain("toString", "EXDEV"), undefined);
});

test("hints name the command that helps", () => {
  const names = (verb: string, errno: Errno, word: string) => assert(explain(verb, errno)?.includes(word), word);
  names("open", "ENOENT", "modprobe xen-evtchn");
  names("open", "ENOENT", "--simulator");
  names("open", "EACCES", "root");
  names("read", "EFBIG", "evtchn reset --unmask");
  names("bind-virq", "EEXIST", "evtchn virqs");
  names("bind-interdomain", "ESRCH", "evtchn list --all");
});

test("no hint names a tool that the simulator and many hosts lack", () => {
  const looks: readonly (readonly [string, Errno])[] = [
    ["privcmd", "ENOENT"],
    ["privcmd", "ENOTSUP"],
    ["hypercall", "ENOENT"],
    ["list", "ESRCH"],
    ["list", "EPERM"],
    ["wiring", "ENOENT"],
    ["xenstore", "ENOENT"],
  ];
  const ofVerbs = Object.entries(REFUSALS).flatMap(([verb, errnos]) => errnos.map((errno) => [verb, errno] as const));
  for (const system of ["linux", "illumos", "freebsd", "netbsd"] as const) {
    for (const [verb, errno] of [...ofVerbs, ...looks]) {
      const hint = explain(verb, errno, system) ?? "";
      assert(!/\b(xl|xentop|xenstore-ls|lsevtchn)\b/.test(hint), hint);
    }
  }
});
