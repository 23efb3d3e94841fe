/**
 * What a session shows of its host: the same as a look from its own process, from whichever of its domains.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { test } from "../support/test.ts";
import { bytes, simulatedSource, type TestSession, withListener, withSession } from "../support/sessions.ts";
import type { HostView } from "../../lib/view/host_view.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { TestHost } from "../support/test_host.ts";

const view = async (session: TestSession, as?: number) => (await session.connect(as)).view();

test("a session shows what its own kernel shows, with what its clients have bound", async () => {
  const source = await simulatedSource();
  const local = source.view(undefined);
  await withSession(async (session) => {
    const device = await session.connect();
    const port = await device.allocUnbound(5);
    const remote = await view(session);
    const [tables, store] = [await remote.tables(), await remote.store()];
    const mine = await local.tables();
    assertEquals(await tables.table(0), await mine.table(0));
    assertEquals(await tables.table(DOMID_SELF), await mine.table(0));
    for (const each of [0, 1, 2, 7, 13, port]) assertEquals(await tables.status(0, each), await mine.status(0, each));
    assertEquals([await tables.status(0, 9999), await tables.status(99, 1)], ["EINVAL", "ESRCH"]);
    assertEquals(await remote.ownDomain(), 0);
    assertEquals([await store.read("/local/domain/1/name"), await store.read("/nothing/here")], ["guest1", undefined]);
    assertEquals(await store.directory("/local/domain"), await (await local.store()).directory("/local/domain"));
    assertEquals(await store.directory("/nothing/here"), undefined);
    await local.close();
  }, source);
});

test("a session shows its kernel's files, and no other file of the host", async () => {
  const source = await simulatedSource();
  const local = source.view(undefined).files();
  await withSession(async (session) => {
    const files = (await view(session)).files();
    const names = await local.list("/proc") as string[];
    assertEquals((await files.list("/proc")).slice(0, names.length), names);
    const folder = `/proc/${names.at(-1)}`;
    assertEquals(await files.read(`${folder}/comm`), { text: "evtchn\n" });
    assertEquals([await files.read("/proc/9/comm"), await files.link(`${folder}/comm`)], ["ENOENT", "EINVAL"]);
    assertEquals([await files.list(`${folder}/fd`), await files.link(`${folder}/fd/99`)], [
      await local.list(`${folder}/fd`),
      "ENOENT",
    ]);
    const outside = ["/var/secret", "/proc/1/root", "/sys/bus/../../var/secret"];
    for (const path of outside) assertEquals([await files.read(path), await files.list(path)], ["EACCES", "EACCES"]);
    const raw = await session.raw();
    for (const [id, path] of outside.entries()) {
      await raw.ask(id, "file-read", { path });
      const message = `Cannot do "file-read" with path ${JSON.stringify(path)}`;
      assertEquals(await raw.next(), { id, error: { error: "protocol", message } });
    }
  }, source);
});

test("who acts as another domain of a simulated world looks from there", () =>
  withSession(async (session) => {
    const guest = await view(session, 3);
    assertEquals([await guest.ownDomain(), (await (await guest.tables()).table(3)).length], [3, 8]);
    const error = await assertRejects(async () => await (await guest.tables()).table(0), DeviceError);
    assertEquals([error.message, error.op, /control domain/.test(error.hint!)], [
      "Cannot list the ports of domain 0: EPERM",
      "list",
      true,
    ]);
    const nobody = await view(session, 99);
    await assertRejects(async () => await nobody.ownDomain(), UsageError, "Cannot act as domain 99");
  }));

test("a session on one device looks from nowhere else", async () => {
  const { own, holds, view: viewOf } = await simulatedSource();
  await withSession(async (session) => {
    assertEquals(await (await view(session)).ownDomain(), 0);
    assertEquals(await (await view(session, DOMID_SELF)).ownDomain(), 0);
    assertEquals(await (await session.connect(DOMID_SELF)).status(), []);
    const other = await view(session, 1);
    await assertRejects(async () => await other.ownDomain(), UsageError, "Cannot look from another domain");
  }, { own, holds, view: viewOf });
});

test("a watch on xenstore gives its path, then what others change, until it is aborted", () =>
  withSession(async (session) => {
    const end = new AbortController();
    const store = await (await view(session)).store();
    const paths = store.watch("/local/domain/1", end.signal)[Symbol.asyncIterator]();
    assertEquals(await paths.next(), { done: false, value: "/local/domain/1" });
    const world = (await session.connect()).world();
    assertEquals(await world.writeStore(1, "data/a", "1"), 0);
    assertEquals(await paths.next(), { done: false, value: "/local/domain/1/data/a" });
    assertEquals(await world.writeStore(2, "data/a", "1"), 0);
    assertEquals(await world.removeStore(1, "data/a"), 0);
    assertEquals(await paths.next(), { done: false, value: "/local/domain/1/data/a" });
    const last = paths.next();
    end.abort();
    assertEquals(await last, { done: true, value: undefined });
  }));

test("a watch on xenstore ends with the reason: the path, the session, the domain", () =>
  withSession(async (session) => {
    const signal = new AbortController().signal;
    const watchFrom = async (as?: number, path = "/local/domain/1") => {
      const paths = (await (await view(session, as)).store()).watch(path, signal)[Symbol.asyncIterator]();
      await paths.next();
      return paths;
    };
    await assertRejects(() => watchFrom(0, "no path"), DeviceError, 'Cannot watch "no path" in xenstore: EINVAL');
    const [dom0, guest] = [await watchFrom(), await watchFrom(1)];
    const ofGuest = assertRejects(() => guest.next(), DeviceError, "Cannot go on: domain 1 was destroyed: ENODEV");
    assertEquals(await (await session.connect()).world().destroyDomain(1), 0);
    await ofGuest;
    while ((await dom0.next()).value !== "/local/domain/1");
    const ofDom0 = assertRejects(
      async () => {
        for (;;) await dom0.next();
      },
      DeviceError,
      "ESHUTDOWN",
    );
    session.server.stop();
    await ofDom0;
  }));

test("what is asked of a view is checked like all else, and the session goes on", () =>
  withSession(async (session) => {
    const client = await session.raw();
    const cases: [verb: string, args: unknown, message: string][] = [
      ["port-table", {}, 'Cannot do "port-table" with domain nothing'],
      ["port-table", { domain: 0x7FF1 }, 'Cannot do "port-table" with domain 32753'],
      ["port-status", { domain: 0, port: -1 }, 'Cannot do "port-status" with port -1'],
      [
        "port-status",
        { domain: 0, port: 1, ports: [] },
        'Cannot do "port-status" with "ports": it has no such argument',
      ],
      ["own-domain", { domain: 0 }, 'Cannot do "own-domain" with "domain": it has no such argument'],
      ["store-read", { path: "" }, 'Cannot do "store-read" with path ""'],
      ["store-read", { path: "a\0b" }, 'Cannot do "store-read" with path "a\\u0000b"'],
      ["store-directory", { path: 7 }, 'Cannot do "store-directory" with path 7'],
      ["store-write", { path: "a" }, 'Cannot do "store-write" with value nothing'],
      ["store-watch", { path: "" }, 'Cannot do "store-watch" with path ""'],
      ["create", { domain: 9, name: "9" }, 'Cannot do "create" with name "9"'],
      ["device", { kind: "vif", domain: 1 }, 'Cannot do "device" with backend nothing'],
    ];
    for (const [i, [verb, args, message]] of cases.entries()) {
      await client.ask(i, verb, args);
      assertEquals(await client.next(), { id: i, error: { error: "protocol", message } });
    }
    await client.ask(50, "store-read", { path: "x".repeat(3073) });
    assertEquals((await client.next()).error.error, "protocol");
    await client.ask(51, "store-read", { path: "not a path" });
    assertEquals((await client.next()).error.error, "EINVAL");
    await client.ask(52, "own-domain", {});
    assertEquals(await client.next(), { id: 52, result: 0 });
  }));

test("an answer that is no answer ends the connection", async () => {
  const bad: [verb: string, result: unknown][] = [
    ["port-table", [{ port: 1, vcpu: 0, status: "virq" }]],
    ["port-table", [{ port: 1, vcpu: 0, status: "toString" }]],
    ["port-table", [{ vcpu: 0, status: "ipi" }]],
    ["port-status", { vcpu: 0, status: "interdomain", remoteDomain: 0 }],
    ["port-status", "no errno"],
    ["own-domain", 65536],
    ["file-read", "no errno"],
    ["file-read", { text: 7 }],
    ["file-list", ["a", 7]],
    ["file-link", null],
    ["store-read", 7],
    ["store-directory", ["a", 7]],
  ];
  for (const [verb, result] of bad) {
    await withListener(
      async (conn) => {
        await conn.write(bytes('{"protocol":"evtchn-session","version":1,"system":"linux"}\n'));
        await conn.read(new Uint8Array(512));
        await conn.write(bytes(JSON.stringify({ id: 1, result }) + "\n"));
        await conn.read(new Uint8Array(512));
      },
      async (socket) => {
        const remote = (await RemoteDevice.connect(socket)).view();
        const asked: Record<string, () => unknown> = {
          "port-table": async () => (await remote.tables()).table(0),
          "port-status": async () => (await remote.tables()).status(0, 1),
          "own-domain": () => remote.ownDomain(),
          "file-read": () => remote.files().read("/proc/stat"),
          "file-list": () => remote.files().list("/proc"),
          "file-link": () => remote.files().link("/proc/1/fd/0"),
          "store-read": async () => (await remote.store()).read("a"),
          "store-directory": async () => (await remote.store()).directory("a"),
        };
        const error = await assertRejects(async () => await asked[verb](), DeviceError);
        assertEquals(error.errno, "EPROTO", `${verb} ${JSON.stringify(result)}`);
        await remote.close();
      },
    );
  }
});

test("a watch on xenstore that sends what is none ends, and the connection with it", async () => {
  for (const frame of ['"path":7', '"path":""', '"end":7', '"error":"no"', '"events":[]']) {
    await withListener(
      async (conn) => {
        await conn.write(bytes('{"protocol":"evtchn-session","version":1,"system":"linux"}\n'));
        await conn.read(new Uint8Array(512));
        await conn.write(bytes(`{"id":1,"result":null}\n{"id":1,"path":"/a"}\n{"id":1,${frame}}\n`));
        while (await conn.read(new Uint8Array(512)) !== null);
      },
      async (socket) => {
        const remote = (await RemoteDevice.connect(socket)).view();
        const seen: string[] = [];
        const error = await assertRejects(async () => {
          for await (const path of (await remote.store()).watch("/a", new AbortController().signal)) seen.push(path);
        }, DeviceError);
        assertEquals([error.errno, seen], ["EPROTO", ["/a"]], frame);
        await remote.close();
      },
    );
  }
});

test("list and statements in a session show the session's world, from whoever acts", () =>
  withSession(async (session) => {
    const host = new TestHost();
    const on = `--session ${session.socket}`;
    assertEquals(await host.ok(`${on} list 1`), await host.ok("--simulator list 1"));
    assertEquals((await host.ok(`${on} --as 3 list --json`)).match(/"domain":3,/g)?.length, 8);
    const { status, stdout, stderr } = await host.run([
      ...on.split(" "),
      "run",
      "-k",
      "-e",
      "@0 alloc-unbound 5; list; @3 list; @3 list 0; status",
    ]);
    assertEquals([status, stderr.split("\n")[0]], [
      1,
      "evtchn: run: -e:1: @3 list 0: Cannot list the ports of domain 0: EPERM",
    ]);
    assertEquals(stdout.match(/waits for domain 5/g)?.length, 1);
    // @0 is the session's own handle by its number: without @ the same ports are there.
    assertEquals(/^ +27 +5:any/m.test(stdout), true, stdout);
  }));

test("a session without privcmd shows what it can, and says once what it cannot", async () => {
  const missing = 'Cannot open "/dev/xen/privcmd": ENOENT';
  await withSession(async ({ socket }) => {
    const wiring = await new TestHost().run(["--session", socket, "wiring", "1"]);
    assertEquals([wiring.status, wiring.stdout.split("\n").at(-2)], [1, "2 channels, 2 unknown"]);
    assertEquals(wiring.stderr.split("\n")[0], `evtchn: wiring: Xen's side is unknown: ${missing}`);
    const list = await new TestHost().run(["--session", socket, "list", "--all"]);
    assertEquals([list.status, list.stdout, list.stderr.split("evtchn: list: ").length], [1, "", 2]);
  }, await simulatedSource("linux?privcmd=no"));
});

test("a session on one device knows its own domain's number, and no other's", async () => {
  const { own, holds, view: viewOf } = await simulatedSource();
  await withSession(async (session) => {
    const run = (text: string) => new TestHost().run(["--session", session.socket, "run", "-e", text]);
    assertEquals((await run("@0 p = alloc-unbound 5; status; list")).stderr, "");
    assertEquals(
      (await run("@1 status")).stderr.split("\n")[0],
      "evtchn: run: -e:1: @1 status: Cannot act as another " +
        "domain on a real device",
    );
    assertEquals(
      (await run("@1 list")).stderr.split("\n")[0],
      "evtchn: run: -e:1: @1 list: Cannot look from another " +
        "domain on a real device",
    );
  }, { own, holds, view: viewOf });
});

test("a session ends at once, whatever its xenstore is waited for", async () => {
  const source = await simulatedSource();
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<undefined>(); // as of a store that does not answer: it ends with the view
  const view = {
    ownDomain() {
      asked.resolve();
      return never.promise;
    },
    close: () => never.reject(new DeviceError("xenstore", "ECONNABORTED", "domid", 'Cannot read "domid"')),
  } as unknown as HostView;
  await withSession(async (session) => {
    const remote = (await session.connect()).view();
    const error = assertRejects(async () => await remote.ownDomain(), DeviceError);
    await asked.promise;
    session.server.stop();
    await session.server.ended;
    assertEquals((await error).message, 'Cannot read "domid": ECONNABORTED');
  }, { ...source, view: () => view });
});
