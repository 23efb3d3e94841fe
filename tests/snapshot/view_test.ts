/** A host seen in a recording: what it has is shown, what it lacks is unknown with the reason. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { parseSnapshot } from "../../lib/snapshot/format.ts";
import { SnapshotView } from "../../lib/snapshot/snapshot_view.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { test } from "../support/test.ts";

const DUMP = ` (XEN) 'e' pressed -> dumping event-channel info
 (XEN) Event channel information for domain 0:
 (XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0
 (XEN)       24 [0/1/  -   ]: s=3 n=1 x=0 d=1 p=1
 (XEN) Event channel information for domain 1:
 (XEN)        1 [0/0/  -   ]: s=3 n=0 x=0 d=0 p=24
 (XEN)        2 [0/0/  -   ]: s=2 n=0 x=1 d=0
`;

const view = (...sections: string[]) => new SnapshotView(parseSnapshot(`evtchn-snapshot 1\n${sections.join("")}end\n`));
const section = (name: string, lines: string, end = "status 0") => `section ${name}\n${lines}${end}\n`;

const errno = (work: () => unknown) => assertThrows(work, DeviceError).errno;

test("ports are those of the dump: Xen's own, closed ones, other domains and missing ones are told apart", () => {
  const tables = view(section("dump e", DUMP)).tables();
  assertEquals(tables.status(0, 24), { status: "interdomain", vcpu: 1, remoteDomain: 1, remotePort: 1 });
  assertEquals([tables.status(1, 2), tables.status(1, 3), tables.status(1, 0)], [
    "EACCES",
    { status: "closed", vcpu: 0 },
    { status: "closed", vcpu: 0 },
  ] as never);
  assertEquals([tables.status(9, 1), errno(() => tables.table(9))], ["ESRCH", "ESRCH"]);
  assertEquals(tables.table(DOMID_SELF), tables.table(0));
  assertEquals(tables.table(1).map(({ port }) => port), [1]);
});

test("lsevtchn's ports count more than a dump's, of which Xen's console may have lost a part", () => {
  const lost = DUMP.replace(/.*s=3 n=1.*\n/, "");
  const tables = view(
    section("dump e", lost),
    section(
      "command lsevtchn 0",
      "   1: VCPU 0: Virtual IRQ 0\n  24: VCPU 1: Interdomain (Connected) - Remote Domain 1, Port 1\n".replaceAll(
        /^/gm,
        " ",
      ).trimEnd() + "\n",
    ),
  ).tables();
  assertEquals(tables.status(0, 24), { status: "interdomain", vcpu: 1, remoteDomain: 1, remotePort: 1 });
  assertEquals(tables.status(1, 2), "EACCES");
});

test("with a dump that is cut, what may stand behind the cut is unknown", () => {
  const tables = view(section("dump e", DUMP, "status 124")).tables();
  assertEquals([tables.status(1, 3), tables.status(9, 1)], ["ENODATA", "ENODATA"]);
  assertEquals(tables.status(0, 3), { status: "closed", vcpu: 0 });
});

test("an old dump in Xen's console does not count where the key was not pressed", () => {
  const ring = section("command xl dmesg", DUMP);
  assert(view(section("command xl debug-keys e", ""), ring).dump("e").startsWith("(XEN) 'e' pressed"));
  for (const pressed of ["missing --no-debug-key was given", "status 1"]) {
    const without = view(section("command xl debug-keys e", " no rights\n", pressed), ring);
    const { message } = assertThrows(() => without.dump("e"), DeviceError, "ENODATA");
    assert(message.includes(pressed === "status 1" ? "ended with 1: no rights" : "--no-debug-key"), message);
    assertEquals(errno(() => without.tables()), "ENODATA");
  }
});

test("what is missing is ENODATA, with the reason", async () => {
  const empty = view("section command xl list\nmissing there is no xl\n");
  assertThrows(() => empty.domains(), DeviceError, "Cannot see Xen's domains: there is no xl: ENODATA");
  assertThrows(() => empty.store(), DeviceError, "it was not recorded");
  assertThrows(() => empty.tables(), DeviceError, "it was not recorded");
  assertThrows(() => empty.dump("i"), DeviceError, 'debug key "i"');
  assertEquals(empty.ownDomain(), undefined);
  const cut = new SnapshotView(parseSnapshot("evtchn-snapshot 1\n"));
  assertThrows(() => cut.store(), DeviceError, "the snapshot ends before it");
  await undefined;
});

test("xenstore has values, names and unreadable nodes; behind a cut nothing is denied", async () => {
  const lines = ' /local/domain/0/name = "Domain-0"\n /local/domain/1/name = "web"\n /local/domain/1/secret:\n';
  const store = view(section("command xenstore-ls -f", lines)).store();
  assertEquals(await store.read("/local/domain/1/name"), "web");
  assertEquals(await store.read("name"), "Domain-0");
  assertEquals([await store.read("/local/domain/2"), await store.directory("/x")], [undefined, undefined]);
  assertEquals(await store.directory("/local/domain"), ["0", "1"]);
  assertEquals((await assertRejects(() => store.read("/local/domain/1/secret"), DeviceError)).errno, "EACCES");
  const cut = view(section("command xenstore-ls -f", lines, "status 124")).store();
  assertEquals(await cut.read("/local/domain/0/device"), undefined);
  assertEquals((await assertRejects(() => cut.read("/local/domain/1/device"), DeviceError)).errno, "ENODATA");
  const watching = store.watch("/")[Symbol.asyncIterator]();
  assertEquals((await assertRejects(() => watching.next(), DeviceError)).errno, "ENOTSUP");
});

test("files, folders and links are those that were recorded; an errno is told, anything else is ENODATA", () => {
  const files = view(
    section("file /proc/interrupts", " CPU0\n"),
    "section file /proc/modules\nmissing ENOENT\n",
    "section file /proc/misc\nmissing no cat\n",
    section("folder /dev/xen", " evtchn\n privcmd\n"),
    section("link /proc/7/fd/3", " /dev/xen/evtchn\n"),
  ).files();
  assertEquals(files.read("/proc/interrupts"), { text: "CPU0\n" });
  assertEquals(["modules", "misc", "stat", "../etc/passwd"].map((name) => files.read(`/proc/${name}`)), [
    "ENOENT",
    "ENODATA",
    "ENODATA",
    "EACCES",
  ]);
  assertEquals(files.list("/dev/xen"), ["evtchn", "privcmd"]);
  assertEquals([files.list("/proc"), files.link("/proc/7/fd/3")], ["ENODATA", { text: "/dev/xen/evtchn" }]);
});
