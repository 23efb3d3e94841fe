/**
 * The xenstore client on a real xenstored, through the kernel's device and through its socket.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { systemClock } from "../../lib/clock.ts";
import { DeviceError } from "../../lib/errors.ts";
import { openStore, type XenStore } from "../../lib/xenstore/mod.ts";
import { COMMAND, run as evtchn } from "../support/process.ts";
import { sys, test } from "./device.ts";

/** A folder of these tests' own. */
const FOLDER = "/tool/evtchn-test";

/** A kernel without the device: what is left is the socket. */
const WITHOUT_DEVICE: Syscalls = {
  ...sys,
  open: (path, flags) => path.endsWith("/xenbus") ? "ENOENT" : sys.open(path, flags),
};

/** Both ways to xenstored. */
const WAYS: Readonly<Record<string, Syscalls>> = { "/dev/xen/xenbus": sys, "the socket": WITHOUT_DEVICE };

async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

async function withStore(
  syscalls: Syscalls,
  work: (store: XenStore) => Promise<void>,
  timeout?: number,
): Promise<void> {
  const store = await openStore(syscalls, systemClock(), { timeout });
  try {
    await work(store);
  } finally {
    await store.close();
    await run("xenstore-rm", FOLDER);
  }
}

for (const [way, syscalls] of Object.entries(WAYS)) {
  test(`xenstore: ${way}: dom0 reads its id by a relative path, and its name`, () =>
    withStore(syscalls, async (store) => {
      assertEquals(await Promise.all([store.read("domid"), store.read("/local/domain/0/name")]), ["0", "Domain-0"]);
      assertEquals(await store.directory("/local/domain"), ["0"]);
    }));

  test(`xenstore: ${way}: what is not there is undefined, and a bad path EINVAL`, () =>
    withStore(syscalls, async (store) => {
      assertEquals([await store.read(`${FOLDER}/no`), await store.directory(`${FOLDER}/no`)], [undefined, undefined]);
      for (const path of ["/a b", "/a/", "//"]) {
        const error = await assertRejects(() => store.read(path), DeviceError);
        assertEquals(error.errno, "EINVAL", path);
      }
    }));

  test(`xenstore: ${way}: values and names are read as xenstore-write wrote them`, () =>
    withStore(syscalls, async (store) => {
      await run("xenstore-write", `${FOLDER}/a`, "käse \t1", `${FOLDER}/empty`, "");
      assertEquals([await store.read(`${FOLDER}/a`), await store.read(`${FOLDER}/empty`)], ["käse \t1", ""]);
      assertEquals(await store.directory(FOLDER), ["a", "empty"]);
      await run("xenstore-rm", `${FOLDER}/a`);
      assertEquals(await store.directory(FOLDER), ["empty"]);
    }));

  test(`xenstore: ${way}: a folder of more names than a message holds is read in parts`, () =>
    withStore(syscalls, async (store) => {
      const names = Array.from({ length: 400 }, (_, i) => `a-rather-long-name-${i}`);
      await run("xenstore-write", ...names.flatMap((name) => [`${FOLDER}/${name}`, ""]));
      assertEquals(await store.directory(FOLDER), names);
    }));

  test(`xenstore: ${way}: a thousand reads at once are answered, each with its own`, () =>
    withStore(syscalls, async (store) => {
      const numbers = Array.from({ length: 50 }, (_, i) => String(i));
      await run("xenstore-write", ...numbers.flatMap((i) => [`${FOLDER}/n${i}`, i]));
      const wanted = Array.from({ length: 1000 }, (_, i) => numbers[i % numbers.length]);
      assertEquals(await Promise.all(wanted.map((i) => store.read(`${FOLDER}/n${i}`))), wanted);
    }));

  test(`xenstore: ${way}: a watch fires at once, then for what changes below, also among reads`, () =>
    withStore(syscalls, async (store) => {
      const end = new AbortController();
      const changes = store.watch(FOLDER, end.signal)[Symbol.asyncIterator]();
      const next = async () => (await changes.next()).value;
      const reads = Array.from({ length: 300 }, () => store.read("domid"));
      const first = next();
      assertEquals(
        new Set(await Promise.all([...reads, ...Array.from({ length: 300 }, () => store.read("domid"))])),
        new Set(["0"]),
      );
      assertEquals(await first, FOLDER);
      await run("xenstore-write", `${FOLDER}/x/y`, "1");
      assertEquals(await next(), `${FOLDER}/x/y`);
      await run("xenstore-rm", `${FOLDER}/x`);
      assertEquals(await next(), `${FOLDER}/x`);
      end.abort();
      assertEquals((await changes.next()).done, true);
      assertEquals(await store.read("domid"), "0");
    }));

  test(`xenstore: ${way}: a watch of a path that there cannot be is refused, and the connection goes on`, () =>
    withStore(syscalls, async (store) => {
      const changes = store.watch("/a b", new AbortController().signal)[Symbol.asyncIterator]();
      const error = await assertRejects(() => changes.next(), DeviceError);
      assertEquals(error.errno, "EINVAL");
      assertEquals(await store.read("domid"), "0");
    }));

  test(`xenstore: ${way}: a relative watch names what changes relatively`, () =>
    withStore(syscalls, async (store) => {
      const end = new AbortController();
      const changes = store.watch("evtchn-test", end.signal)[Symbol.asyncIterator]();
      assertEquals((await changes.next()).value, "evtchn-test");
      await run("xenstore-write", "evtchn-test/z", "1");
      assertEquals((await changes.next()).value, "evtchn-test/z");
      end.abort();
      await changes.next();
      await run("xenstore-rm", "evtchn-test");
    }));
}

test("xenstore: closing a store ends a watch that waits, and its poll with it", () =>
  withStore(sys, async (store) => {
    const changes = store.watch(FOLDER, new AbortController().signal)[Symbol.asyncIterator]();
    await changes.next();
    const waiting = changes.next();
    await store.close();
    assertEquals((await waiting).done, true);
  }));

// The last ones: they stop xenstored for a while.
for (const [way, syscalls] of Object.entries(WAYS)) {
  test(`xenstore: ${way}: a xenstored that hangs is given up, by reads and by watches`, async () => {
    const pid = Number(await run("pidof", "xenstored"));
    await withStore(syscalls, async (store) => {
      const watching = store.watch(FOLDER, new AbortController().signal)[Symbol.asyncIterator]();
      await watching.next();
      Deno.kill(pid, "SIGSTOP");
      try {
        const late = store.watch("domid", new AbortController().signal)[Symbol.asyncIterator]();
        const ends = [store.read("domid"), late.next(), watching.next()];
        for (const end of ends) {
          const error = await assertRejects(() => end, DeviceError);
          assertEquals(error.errno, "ETIMEDOUT");
        }
      } finally {
        Deno.kill(pid, "SIGCONT");
      }
    }, 300);
    await withStore(syscalls, async (store) => assertEquals(await store.read("domid"), "0"));
  });
}

test("xenstore: while it hangs, list, why and wiring show what Xen has; afterwards they show names again", async () => {
  const said = (op: string) =>
    `evtchn: ${op}: xenstored does not answer, or is slow: names and devices are missing; --timeout gives it more time\n`;
  const pid = Number(await run("pidof", "xenstored"));
  const commands = [
    ["list", "--all", "--timeout", "300ms"],
    ["run", "-k", "-e", "why 99:3 --timeout 300ms; wiring --timeout 300ms"],
    ["session", "run", "--", "sh", "-c", '"$@"', "sh", ...COMMAND, "list", "--timeout", "300ms"],
  ];
  const outcomes = [];
  Deno.kill(pid, "SIGSTOP");
  try {
    for (const words of commands) outcomes.push(await evtchn(words));
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
  const [list, script, session] = outcomes;
  assertEquals([list.status, list.stderr], [0, said("list")]);
  assertMatch(list.stdout, /^Domain 0: \d+ ports\nPORT /);
  assertEquals(script.status, 1);
  assertMatch(script.stdout, /^99:3: ESRCH: there is no domain 99\nhint: Xen has domains 0\nDomain 0\n/);
  assert(script.stderr.includes(said("why")) && script.stderr.includes(said("wiring")), script.stderr);
  assertEquals([session.status, session.stderr], [0, said("list")]);
  const after = await evtchn(["list", "--all"]);
  assertEquals([after.status, after.stderr, after.stdout.split(":")[0]], [0, "", "Domain 0 (Domain-0)"]);
});
