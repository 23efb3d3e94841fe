/**
 * Where a session's socket is.
 *
 * Whoever can connect to the socket can use the session's handle, and whoever can put another socket in its place can
 * answer in its name. So its folder has mode 0700, and the server and its clients refuse a folder or a socket of another
 * user, one that others may enter, a symlink, and a folder in one where others may rename it.
 *
 * A client should ask the kernel who listens (SO_PEERCRED). Deno does not give the descriptor of a connection, so the
 * client looks at the socket before and after it connects instead. That the peer is the user follows from the owners of
 * socket and folders. Two things are not checked: the folders above the runtime folder, which only the system should be
 * able to change, and whether the user gave the listening socket to a process of another user. @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError, errnoOf } from "../errors.ts";
import { explain } from "../explain.ts";

/** The bits of a mode that admit anyone but the owner. */
const OTHERS = 0o077;

/** The bits of a mode that let anyone but the owner write. */
const OTHERS_WRITE = 0o022;

/** The bit of a folder's mode with which only its owner may rename what is in it, as for /tmp. */
const STICKY = 0o1000;

/** The longest path of a socket, bytes: `sun_path` without its final NUL. */
const PATH_LIMIT = 107;

/** How old, milliseconds, a socket without a listener is before it counts as a dead session's. */
export const STALE_AFTER = 10_000;

/** The name of a session's temporary folder: `makeTempDirSync` adds hex digits. */
const TEMPORARY = /^evtchn-[0-9a-f]+$/;

/** The name of a session's socket in a runtime folder. */
const IN_RUNTIME = /^session-[0-9a-f]{8}$/;

/** The paths of the sockets that evtchn makes. It removes no other: another program may come back to its own. */
const OWN_SOCKET = /(^|\/)(evtchn\/session-[0-9a-f]{8}|evtchn-[0-9a-f]+\/session)~?$/;

export interface Place {
  readonly socket: string;
  /** Listens on the socket. Closing the listener leaves the socket where it is. */
  listen(): Deno.Listener;
  /** Whether the socket that `listen` made is still at its path. Without it no client can come any more. */
  isThere(): boolean;
  /** Removes the socket that `listen` made, if it is still there, and the folder if it was made for it. */
  remove(): void;
}

/** Whether Deno lets evtchn make and use sockets in a folder. */
function isAllowed(folder: string): boolean {
  const granted = (name: "read" | "write") => Deno.permissions.querySync({ name, path: folder }).state === "granted";
  return granted("read") && granted("write");
}

const NOT_ALLOWED = "is outside the folders that Deno lets evtchn use (/run and /tmp)";

/**
 * Why no session can be in a runtime folder, for the person who set it; undefined: one can.
 *
 * @param runtime The value of XDG_RUNTIME_DIR.
 */
export function unfitRuntime(runtime: string): string | undefined {
  const reason = !runtime.startsWith("/")
    ? "is a relative path"
    : isAllowed(runtime)
    ? whyNotOwn(runtime)
    : NOT_ALLOWED;
  return reason && `XDG_RUNTIME_DIR="${runtime}" ${reason}: the session's socket is in a fresh temporary folder`;
}

/** The folder for temporary folders. The variable TMPDIR itself may not be read. */
export interface TemporaryParent {
  /** Absolute. */
  readonly path: string;
  /** Why it is /tmp and not where TMPDIR says; undefined: it is where TMPDIR says. */
  readonly unfit?: string;
}

/** Makes a temporary folder and removes it, to see where it is. Throws if there is no place for one. */
export function temporaryParent(): TemporaryParent {
  const { path, elsewhere } = makeTemporary();
  removeIfThere(path);
  const unfit = elsewhere ? `TMPDIR ${NOT_ALLOWED}: the session's socket is in /tmp` : undefined;
  return { path: path.slice(0, path.lastIndexOf("/")) || "/", unfit };
}

/** Makes a folder that only its owner may enter, mode 0700. Its path is absolute, that of TMPDIR may be relative. */
function makeTemporary(): { path: string; elsewhere: boolean } {
  const make = (dir?: string) => Deno.realPathSync(Deno.makeTempDirSync({ prefix: "evtchn-", dir }));
  try {
    return { path: make(), elsewhere: false };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return { path: make("/tmp"), elsewhere: true };
  }
}

/** The runtime folder of a user who has no XDG_RUNTIME_DIR: /run for root; undefined for others. */
export function defaultRuntime(): string | undefined {
  if (Deno.uid() !== 0 || !isAllowed("/run") || whyNotOwn("/run") !== undefined) return undefined;
  try {
    makeFolder("/run/evtchn");
    return "/run";
  } catch {
    return undefined; // a read-only system
  }
}

/**
 * Makes a place for a new session and removes the sockets of dead sessions beside it. Makes a temporary folder if the
 * user's runtime folder is undefined, missing or another user's.
 *
 * @param name A name that no live session has.
 * @param now Milliseconds since 1970.
 */
export async function makePlace(runtime: string | undefined, name: string, now: number): Promise<Place> {
  if (runtime === undefined || unfitRuntime(runtime) !== undefined) {
    const folder = makeTemporary().path;
    try {
      refuseReplaceable(`${folder}/..`, folder);
      await removeTemporary(folder, now - STALE_AFTER);
    } catch (error) {
      removeIfThere(folder);
      throw error;
    }
    return placeIn(folder, "session", () => removeIfThere(folder));
  }
  const folder = `${runtime}/evtchn`;
  refuseReplaceable(`${runtime}/.`, runtime);
  makeFolder(folder);
  refuseFolder(folder, folder);
  for (const { name } of Deno.readDirSync(folder)) await removeStale(`${folder}/${name}`, now - STALE_AFTER);
  return placeIn(folder, name, () => {});
}

function placeIn(folder: string, name: string, removeFolder: () => void): Place {
  const socket = `${folder}/${name}`;
  // A listener of Deno removes at its end whatever is at the path that it was made with: by then it may be another's
  // socket. So it is made at a path that is used for nothing else.
  const first = `${socket}~`;
  if (new TextEncoder().encode(first).length > PATH_LIMIT) throw refusal("ENAMETOOLONG", socket);
  let made: Deno.FileInfo | undefined;
  return {
    socket,
    listen() {
      const listener = Deno.listen({ transport: "unix", path: first });
      try {
        Deno.linkSync(first, socket); // a rename would replace what is there
        Deno.removeSync(first);
        made = Deno.lstatSync(socket);
      } catch (error) {
        listener.close();
        throw error;
      }
      return listener;
    },
    isThere: () => made === undefined || isStill(made, socket),
    remove() {
      if (made !== undefined && isStill(made, socket)) removeIfThere(socket);
      removeFolder();
    },
  };
}

/** Whether a path is still the same file. One that cannot be looked at for now counts as the same. */
function isStill({ dev, ino, birthtime }: Deno.FileInfo, path: string): boolean {
  try {
    const now = Deno.lstatSync(path);
    return now.dev === dev && now.ino === ino && now.birthtime?.getTime() === birthtime?.getTime();
  } catch (error) {
    return !["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "");
  }
}

/**
 * The runtime folders in which sessions of this user may be: that of the environment and, if it is below /run or not
 * set, the two that the system gives.
 *
 * @param runtime The value of XDG_RUNTIME_DIR.
 */
export function runtimeFolders(runtime: string | undefined): string[] {
  const system = runtime === undefined || runtime.startsWith("/run/") ? [`/run/user/${Deno.uid()}`, "/run"] : [];
  const folders = new Set([...runtime === undefined ? [] : [runtime], ...system]);
  return [...folders].filter((folder) => unfitRuntime(folder) === undefined);
}

/**
 * The sockets of this user's sessions, living or dead, where {@linkcode makePlace} makes them.
 *
 * @param runtimes Runtime folders.
 * @param temporary The folder for temporary folders.
 */
export function socketsIn(runtimes: readonly string[], temporary: string): string[] {
  const inRuntimes = runtimes.flatMap((runtime) =>
    namesIn(`${runtime}/evtchn`).filter((name) => IN_RUNTIME.test(name)).map((name) => `${runtime}/evtchn/${name}`)
  );
  const inTemporary = namesIn(temporary).filter((name) => TEMPORARY.test(name))
    .map((name) => `${temporary === "/" ? "" : temporary}/${name}/session`);
  return [...inRuntimes.sort(), ...inTemporary.sort()].filter(isOwnSocket);
}

function isOwnSocket(path: string): boolean {
  try {
    const { isSocket, uid } = Deno.lstatSync(path);
    return isSocket === true && uid === Deno.uid();
  } catch {
    return false; // it is gone, or in another user's folder
  }
}

/** Removes the temporary folders of dead sessions of this user, beside that of a new one. */
async function removeTemporary(own: string, before: number): Promise<void> {
  const parent = own.slice(0, own.lastIndexOf("/") + 1);
  for (const name of namesIn(parent)) {
    const folder = parent + name;
    if (!TEMPORARY.test(name) || folder === own) continue;
    try {
      const { isDirectory, uid, mtime } = Deno.lstatSync(folder);
      if (!isDirectory || uid !== Deno.uid() || (mtime?.getTime() ?? 0) > before) continue;
      if (await removeStale(`${folder}/session`, before)) removeIfThere(folder);
    } catch {
      // it has just been removed
    }
  }
}

/** The names in a folder; none if this user may not list it. */
function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Makes a folder that only its owner may enter, unless it is there. */
function makeFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/**
 * Removes a session's socket that has no listener. Returns whether it is gone.
 *
 * @param before Milliseconds since 1970. A newer socket stays: its session may be about to listen.
 */
export async function removeStale(path: string, before = Infinity): Promise<boolean> {
  if (!OWN_SOCKET.test(path)) return false;
  try {
    const { isSocket, mtime, uid } = Deno.lstatSync(path);
    if (!isSocket || uid !== Deno.uid() || (mtime?.getTime() ?? 0) > before) return false;
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) return error instanceof Deno.errors.NotFound;
    removeIfThere(path);
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!folder.endsWith("evtchn")) removeIfThere(folder); // a temporary folder; it stays if it is not empty
    return true;
  }
}

/**
 * Checks a socket that a client is about to connect to.
 *
 * @returns Whether it is still the same file: call it when the connection is there.
 * @throws {DeviceError} If the socket is missing, is another user's, or others may enter or replace its folder.
 */
export function checkSocket(socket: string): () => boolean {
  if (!isAllowed(socket)) {
    throw refusal("EACCES", socket, undefined, `it ${NOT_ALLOWED}; the README says how to add one`);
  }
  const info = look(socket, socket);
  if (!info.isSocket) throw refusal("ENOTSOCK", socket);
  if (info.uid !== Deno.uid()) throw refusal("EPERM", socket);
  const slash = socket.lastIndexOf("/");
  const folder = slash < 0 ? "." : socket.slice(0, slash) || "/";
  const folderInfo = refuseFolder(folder, socket);
  refuseReplaceable(`${folder}/..`, socket);
  return () => isStill(folderInfo, folder) && isStill(info, socket);
}

/** What is at a path, a symlink as itself. */
function look(path: string, subject: string): Deno.FileInfo {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw refusal(errnoOf(error) ?? "EIO", subject);
  }
}

export function refusal(
  errno: Errno,
  socket: string,
  action = "Cannot reach the session at",
  hint = explain("session", errno),
): DeviceError {
  return new DeviceError("session", errno, socket, `${action} "${socket}"`, hint);
}

/** Refuses a session's folder that is not the user's alone. A path without a final slash: lstat follows "x/". */
function refuseFolder(folder: string, subject: string): Deno.FileInfo {
  const info = look(folder, subject);
  if (info.isSymlink) throw refusal("ELOOP", subject);
  if (!info.isDirectory) throw refusal("ENOTDIR", subject);
  if (info.uid !== Deno.uid()) throw refusal("EPERM", subject);
  if (((info.mode ?? OTHERS) & OTHERS) !== 0) throw refusal("EACCES", subject);
  return info;
}

/** Refuses the folder around a session's folder if others may rename what is in it. */
function refuseReplaceable(folder: string, subject: string): void {
  const { uid, mode } = look(folder, subject);
  if (uid !== Deno.uid() && uid !== 0) throw refusal("EPERM", subject);
  if (((mode ?? OTHERS) & OTHERS_WRITE) === 0 || ((mode ?? 0) & STICKY) !== 0) return;
  throw refusal(
    "EACCES",
    subject,
    undefined,
    "others may write to the folder around it, and could put theirs in its place: " +
      "only the owner may write there (chmod go-w)",
  );
}

/** Why a path is no folder of this user; undefined if it is one. */
function whyNotOwn(path: string): string | undefined {
  try {
    const { isDirectory, uid } = Deno.statSync(path);
    if (!isDirectory) return "is no folder";
    return uid === Deno.uid() ? undefined : "belongs to another user";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // already gone, or a folder that is not empty
  }
}
