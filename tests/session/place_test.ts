import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { checkSocket, makePlace, type Place, removeStale, unfitRuntime } from "../../lib/session/place.ts";
import { test } from "../support/test.ts";
import { inFolder } from "../support/folder.ts";

/** Long after every file here was made. */
const LATER = Date.now() + 3_600_000;

/** Somebody else. */
const NOBODY = 65_534;

const mode = (path: string) => Deno.lstatSync(path).mode! & 0o777;

/** What a session leaves that dies without a word: its socket. */
async function leave(path: string): Promise<void> {
  const script = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.kill(Deno.pid, "SIGKILL")`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "null", stderr: "null" }).output();
  assert(Deno.lstatSync(path).isSocket);
}

function listen({ socket }: Pick<Place, "socket">): Disposable {
  const listener = Deno.listen({ transport: "unix", path: socket });
  void (async () => {
    for await (const conn of listener) conn.close();
  })();
  return { [Symbol.dispose]: () => listener.close() };
}

test("a place is in a folder of the user's own, made if it is missing, and nobody else may enter it", () =>
  inFolder(async (folder) => {
    for (let i = 0; i < 2; i++) {
      const { socket } = await makePlace(folder, "session-1", LATER);
      assertEquals([socket, mode(`${folder}/evtchn`)], [`${folder}/evtchn/session-1`, 0o700]);
    }
  }));

test("without a runtime folder, or in a stranger's, a place is in a folder of its own that goes with it", () =>
  inFolder(async (folder) => {
    const runtimes = [undefined, `${folder}/none`];
    if (Deno.uid() === 0) {
      await Deno.mkdir(`${folder}/theirs`);
      await Deno.chown(`${folder}/theirs`, NOBODY, NOBODY);
      runtimes.push(`${folder}/theirs`);
    }
    for (const runtime of runtimes) {
      const place = await makePlace(runtime, "session-1", Date.now());
      const own = place.socket.slice(0, -"/session".length);
      assertEquals(mode(own), 0o700);
      using _ = place.listen();
      checkSocket(place.socket);
      place.remove();
      assertThrows(() => Deno.lstatSync(own), Deno.errors.NotFound);
    }
  }));

test("a runtime folder that cannot be used is named with the reason", () =>
  inFolder(async (folder) => {
    assertEquals(unfitRuntime(folder), undefined);
    await Deno.writeTextFile(`${folder}/file`, "");
    const [no, used] = ["XDG_RUNTIME_DIR=", ": the session's socket is in a fresh temporary folder"];
    assertEquals(unfitRuntime("run"), `${no}"run" is a relative path${used}`);
    assertEquals(unfitRuntime(`${folder}/none`), `${no}"${folder}/none" does not exist${used}`);
    assertEquals(unfitRuntime(`${folder}/file`), `${no}"${folder}/file" is no folder${used}`);
    if (Deno.uid() !== 0) return;
    await Deno.mkdir(`${folder}/theirs`);
    await Deno.chown(`${folder}/theirs`, NOBODY, NOBODY);
    assertEquals(unfitRuntime(`${folder}/theirs`), `${no}"${folder}/theirs" belongs to another user${used}`);
  }));

test("a place knows whether its socket is still the one that it made", () =>
  inFolder(async (folder) => {
    const place = await makePlace(folder, "session-1", LATER);
    using _ = place.listen();
    assertEquals(place.isThere(), true);
    await Deno.remove(place.socket);
    assertEquals(place.isThere(), false);
    using _other = listen(place);
    assertEquals(place.isThere(), false);
  }));

test("a place removes its own socket alone: another one that came to be at its path stays", () =>
  inFolder(async (folder) => {
    const place = await makePlace(folder, "session-1", LATER);
    const listener = place.listen();
    assertEquals([...Deno.readDirSync(`${folder}/evtchn`)].map(({ name }) => name), ["session-1"]);
    await Deno.rename(place.socket, `${place.socket}.old`);
    using _other = listen(place);
    place.remove();
    listener.close();
    (await Deno.connect({ transport: "unix", path: place.socket })).close();
  }));

test("a place takes no other socket's path", () =>
  inFolder(async (folder) => {
    const place = await makePlace(folder, "session-1", LATER);
    using _other = listen(place);
    assertThrows(() => place.listen(), Deno.errors.AlreadyExists);
    place.remove();
    (await Deno.connect({ transport: "unix", path: place.socket })).close();
    assertEquals([...Deno.readDirSync(`${folder}/evtchn`)].map(({ name }) => name), ["session-1"]);
  }));

test("a folder that others may enter, or own, or that is none, is refused", () =>
  inFolder(async (folder) => {
    const refused = async (errno: string) => {
      const action = `Cannot reach the session at "${folder}/evtchn"`;
      await assertRejects(() => makePlace(folder, "session-1", LATER), DeviceError, `${action}: ${errno}`);
    };
    await Deno.mkdir(`${folder}/evtchn`, { mode: 0o755 });
    await refused("EACCES");
    if (Deno.uid() === 0) {
      await Deno.chmod(`${folder}/evtchn`, 0o700);
      await Deno.chown(`${folder}/evtchn`, NOBODY, NOBODY);
      await refused("EPERM");
    }
    await Deno.remove(`${folder}/evtchn`);
    await Deno.writeTextFile(`${folder}/evtchn`, "");
    await refused("ENOTDIR");
  }));

test("a socket's path has a longest length", () =>
  inFolder(async (folder) => {
    const long = `${folder}/${"x".repeat(100)}`;
    await Deno.mkdir(long);
    await assertRejects(() => makePlace(long, "session-1", LATER), DeviceError, "ENAMETOOLONG");
  }));

test("a client refuses what is no socket, another user's, or where others may enter", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/socket`;
    const refused = (errno: string) => assertThrows(() => checkSocket(socket), DeviceError, `"${socket}": ${errno}`);
    refused("ENOENT");
    await Deno.writeTextFile(socket, "");
    refused("ENOTSOCK");
    await Deno.remove(socket);
    using _ = listen({ socket });
    checkSocket(socket);
    await Deno.chmod(folder, 0o710);
    refused("EACCES");
    await Deno.chmod(folder, 0o700);
    if (Deno.uid() !== 0) return;
    await Deno.chown(socket, NOBODY, NOBODY);
    refused("EPERM");
    await Deno.chown(socket, 0, 0);
    await Deno.chown(folder, NOBODY, NOBODY);
    refused("EPERM");
    await Deno.chown(folder, 0, 0);
  }));

test("a symlink at the session's folder is not followed, to make a session or to reach one", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/theirs`, { mode: 0o700 });
    await Deno.symlink(`${folder}/theirs`, `${folder}/evtchn`);
    await assertRejects(() => makePlace(folder, "session-1", LATER), DeviceError, "ELOOP");
    using _ = listen({ socket: `${folder}/theirs/session-1` });
    assertThrows(() => checkSocket(`${folder}/evtchn/session-1`), DeviceError, "ELOOP");
    await Deno.remove(`${folder}/evtchn`);
  }));

test("a folder around the session's where others may write is refused, unless they may rename nothing there", () =>
  inFolder(async (folder) => {
    const { socket } = await makePlace(folder, "session-1", LATER);
    using _ = listen({ socket });
    for (const mode of [0o770, 0o777, 0o702]) {
      await Deno.chmod(folder, mode);
      const { hint } = await assertRejects(() => makePlace(folder, "session-2", LATER), DeviceError, "EACCES");
      assertMatch(hint!, /^others may write to the folder around it/);
      assertThrows(() => checkSocket(socket), DeviceError, "EACCES");
    }
    for (const mode of [0o755, 0o1777]) {
      await Deno.chmod(folder, mode);
      await makePlace(folder, "session-2", LATER);
      checkSocket(socket);
    }
    if (Deno.uid() !== 0) return;
    await Deno.chown(folder, NOBODY, NOBODY);
    assertThrows(() => checkSocket(socket), DeviceError, "EPERM");
    await Deno.chown(folder, 0, 0);
  }));

test("a socket or a folder that was replaced while a client connected is noticed", () =>
  inFolder(async (folder) => {
    const { socket } = await makePlace(folder, "session-1", LATER);
    using _ = listen({ socket });
    const isStillThere = checkSocket(socket);
    assertEquals(isStillThere(), true);
    await Deno.rename(`${folder}/evtchn`, `${folder}/old`);
    assertEquals(isStillThere(), false);
    const other = await makePlace(folder, "session-1", LATER);
    using _other = listen(other);
    assertEquals(isStillThere(), false);
  }));

test("the socket of a dead session is removed by the next one beside it, a live one's and a new one are not", () =>
  inFolder(async (folder) => {
    await makePlace(folder, "session-0", LATER);
    const path = (name: string) => `${folder}/evtchn/${name}`;
    using _ = listen({ socket: path("session-00007e57") });
    await leave(path("session-0000dead"));
    await Deno.writeTextFile(path("session-0000f11e"), "");
    await leave(path("session-dead"));
    await makePlace(folder, "session-1", Date.now());
    assert(Deno.lstatSync(path("session-0000dead")).isSocket); // it may be about to listen
    await makePlace(folder, "session-1", LATER);
    assertEquals([...Deno.readDirSync(`${folder}/evtchn`)].map(({ name }) => name).sort(), [
      "session-00007e57",
      "session-0000f11e",
      "session-dead",
    ]);
  }));

test("a dead session's socket can be removed by its name, with the folder that was made for it", () =>
  inFolder(async (folder) => {
    const own = `${folder}/evtchn-f00d`;
    await Deno.mkdir(own);
    await leave(`${own}/session`);
    assertEquals(await removeStale(`${own}/session`), true);
    assertThrows(() => Deno.lstatSync(own), Deno.errors.NotFound);
    assertEquals(await removeStale(`${own}/session`), true);
  }));

test("a dead socket that evtchn did not make is left alone", () =>
  inFolder(async (folder) => {
    for (const name of ["daemon.sock", "session", "session-0000dead", "evtchn-mine/session", "evtchn/session-1"]) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await leave(path);
      assertEquals(await removeStale(path), false);
      assert(Deno.lstatSync(path).isSocket);
    }
  }));

test("a place on which nobody came to listen goes as well", async () => {
  // A later time would remove the folders of sessions that other tests are about to start.
  const { socket, remove } = await makePlace(undefined, "session-1", Date.now());
  remove();
  assertThrows(() => Deno.lstatSync(socket.slice(0, -"/session".length)), Deno.errors.NotFound);
});
