/**
 * Where a session's socket is: in a folder that belongs to its user and that nobody else may enter.
 *
 * Whoever can connect to the socket can do what the session may. So the folder is made with mode 0700, and a folder or
 * a socket of somebody else, or one that others may enter, is refused, by the server and by clients.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";

/** Bits of a mode that let others than the owner in. */
const OTHERS = 0o077;

/** The longest path of a socket, bytes: `sun_path` less its end. */
const PATH_LIMIT = 107;

/** How old, milliseconds, a socket is before one that nobody listens on is taken for a dead session's. */
const STALE_AFTER = 10_000;

/** A place for one session's socket. */
export interface Place {
  readonly socket: string;
  /** Removes the socket and what was made for it. */
  remove(): void;
}

/**
 * Makes a place for a new session, and clears away what dead ones left beside it.
 *
 * @param runtime The user's runtime folder; undefined, missing or another user's: a fresh temporary folder is made.
 * @param name The socket's name, which no other live session has.
 * @param now The time of day, milliseconds since 1970.
 * @throws {DeviceError} If the folder is another user's or others may enter it.
 */
export async function makePlace(runtime: string | undefined, name: string, now: number): Promise<Place> {
  if (runtime === undefined || !isOwnFolder(runtime)) {
    const folder = Deno.makeTempDirSync({ prefix: "evtchn-" }); // mode 0700
    return placeIn(folder, "session", () => Deno.removeSync(folder));
  }
  const folder = `${runtime}/evtchn`;
  try {
    Deno.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  refuseFolder(folder, folder);
  for (const { name, isSymlink } of Deno.readDirSync(folder)) {
    if (!isSymlink && name.startsWith("session-")) await removeStale(`${folder}/${name}`, now - STALE_AFTER);
  }
  return placeIn(folder, name, () => {});
}

function placeIn(folder: string, name: string, removeFolder: () => void): Place {
  const socket = `${folder}/${name}`;
  if (new TextEncoder().encode(socket).length > PATH_LIMIT) throw refusal("ENAMETOOLONG", socket);
  return {
    socket,
    remove() {
      removeIfThere(socket);
      removeFolder();
    },
  };
}

/**
 * Removes a socket that nobody listens on any more.
 *
 * @param path The socket, in a folder of this user.
 * @param before It stays if it is not older than that, milliseconds since 1970: its session may be about to listen.
 * @returns Whether nobody listens there.
 */
export async function removeStale(path: string, before = Infinity): Promise<boolean> {
  try {
    const { isSocket, mtime, uid } = Deno.lstatSync(path);
    if (!isSocket || uid !== Deno.uid() || (mtime?.getTime() ?? 0) > before) return false;
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) return error instanceof Deno.errors.NotFound;
    removeIfThere(path);
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (/\/evtchn-[^/]+$/.test(folder)) removeIfThere(folder); // a temporary one; it stays if it is not empty
    return true;
  }
}

/**
 * Makes sure that a socket is this user's, in a folder that nobody else may enter.
 *
 * @throws {DeviceError} If it is not, or is not there.
 */
export function checkSocket(socket: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(socket);
  } catch (error) {
    throw refusal(errnoOf(error), socket);
  }
  if (!info.isSocket) throw refusal("ENOTSOCK", socket);
  if (info.uid !== Deno.uid()) throw refusal("EPERM", socket);
  const slash = socket.lastIndexOf("/");
  refuseFolder(slash < 0 ? "." : socket.slice(0, slash + 1), socket);
}

/**
 * Why a session cannot be used.
 *
 * @param errno What is the matter.
 * @param socket Its socket.
 * @param action What could not be done to it.
 */
export function refusal(errno: Errno, socket: string, action = "Cannot reach the session at"): DeviceError {
  return new DeviceError("session", errno, socket, `${action} "${socket}"`, explain("session", errno));
}

/** The errno of an error of Deno's own. */
export function errnoOf(error: unknown): Errno {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code as Errno : "EIO";
}

function refuseFolder(folder: string, subject: string): void {
  const { isDirectory, uid, mode } = Deno.statSync(folder);
  if (!isDirectory) throw refusal("ENOTDIR", subject);
  if (uid !== Deno.uid()) throw refusal("EPERM", subject);
  if (((mode ?? OTHERS) & OTHERS) !== 0) throw refusal("EACCES", subject);
}

function isOwnFolder(path: string): boolean {
  try {
    const { isDirectory, uid } = Deno.statSync(path);
    return isDirectory && uid === Deno.uid();
  } catch {
    return false;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // it is gone, or the folder is in use
  }
}
