/** The files of a simulated kernel: /proc and /sys, made when somebody reads them. @module */

import { packEntries } from "../../../ffi/dirent.ts";
import { type Errno, type OpenFlags, Poll, type Result } from "../../../ffi/syscalls.ts";
import type { Caller, FileSystem, Handle } from "../driver.ts";
import { WaitQueue } from "../wait.ts";

/** A file's bytes or text are made at each open. */
export type FileNode = TextFile | Folder | Link;

interface TextFile {
  readonly text: () => string;
  /** Whether its mode lets only a privileged caller read it. */
  readonly privileged?: true;
}

export interface Folder {
  readonly names: () => Iterable<string>;
  readonly find: (name: string) => FileNode | undefined;
  /** Whether its mode lets only a privileged caller list it. */
  readonly privileged?: boolean;
}

interface Link {
  /** Relative to the link's folder, or absolute. What it names need not exist. */
  readonly target: string;
}

/** A link that leads to a link that leads to a link, and so on: fs/namei.c, MAXSYMLINKS. */
const LINKS_MAX = 40;

export function textFile(text: () => string): FileNode {
  return { text };
}

/** A folder whose entries are known. */
export function folderOf(entries: Readonly<Record<string, FileNode>>): Folder {
  return {
    names: () => Object.keys(entries),
    find: (name) => Object.hasOwn(entries, name) ? entries[name] : undefined,
  };
}

/** Folders, and what was put into them. */
export class FileTree implements FileSystem {
  readonly #root = new PlainFolder();

  /** Puts a file, a folder or a link at an absolute path, and makes the folders above it. */
  put(path: string, node: FileNode): void {
    const names = namesOf(path);
    this.#folder(names.slice(0, -1)).children.set(names.at(-1)!, node);
  }

  /** Shows what a folder has beside what was put there. */
  mount(path: string, folder: Folder): void {
    this.#folder(namesOf(path)).sources.push(folder);
  }

  open(path: string, caller: Caller, access: OpenFlags["access"]): Handle | Errno {
    const node = this.#walk(namesOf(path), true);
    if (typeof node === "string") return node;
    if ("names" in node) {
      if (access !== "read") return "EISDIR";
      return node.privileged && !caller.privileged ? "EACCES" : new FolderHandle([...node.names()]);
    }
    if (!("text" in node)) return "ELOOP";
    if (access !== "read" || node.privileged && !caller.privileged) return "EACCES"; // these files are read alone
    return new FileHandle(new TextEncoder().encode(node.text()));
  }

  readlink(path: string, buffer: Uint8Array): Result {
    const node = this.#walk(namesOf(path), false);
    if (typeof node === "string") return node;
    if (!("target" in node)) return "EINVAL";
    return new TextEncoder().encodeInto(node.target, buffer).written;
  }

  /** A folder that things are put into; it is made where it is missing. */
  #folder(names: readonly string[]): PlainFolder {
    let folder = this.#root;
    for (const name of names) {
      const next = folder.children.get(name) ?? new PlainFolder();
      if (!(next instanceof PlainFolder)) {
        throw new RangeError(`Cannot put files into "${name}": it is another owner's`);
      }
      folder.children.set(name, next);
      folder = next;
    }
    return folder;
  }

  /** Follows links; the last name's only if `last` says so. */
  #walk(names: readonly string[], last: boolean, links = 0): FileNode | Errno {
    let node: FileNode = this.#root;
    for (const [i, name] of names.entries()) {
      if (!("find" in node)) return "ENOTDIR";
      const next: FileNode | undefined = node.find(name);
      if (next === undefined) return "ENOENT";
      if ("target" in next && (last || i < names.length - 1)) {
        if (links === LINKS_MAX) return "ELOOP";
        const base = next.target.startsWith("/") ? [] : names.slice(0, i);
        return this.#walk(resolved([...base, ...namesOf(next.target), ...names.slice(i + 1)]), last, links + 1);
      }
      node = next;
    }
    return node;
  }
}

class PlainFolder implements Folder {
  readonly children = new Map<string, FileNode>();
  readonly sources: Folder[] = [];
  readonly names = () => [...this.children.keys(), ...this.sources.flatMap(({ names }) => [...names()])];

  readonly find = (name: string): FileNode | undefined => {
    const child = this.children.get(name);
    if (child !== undefined) return child;
    for (const source of this.sources) {
      const found = source.find(name);
      if (found !== undefined) return found;
    }
  };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function resolved(names: readonly string[]): string[] {
  const found: string[] = [];
  for (const name of names) {
    if (name === "..") found.pop();
    else if (name !== ".") found.push(name);
  }
  return found;
}

/** What is the same for a file and a folder. */
abstract class PlainHandle implements Handle {
  abstract read(caller: Caller, buffer: Uint8Array): Result;

  ioctl(): Result {
    return "ENOTTY";
  }

  write(): Result {
    return "EBADF"; // it is open for reading
  }

  pollers(): WaitQueue {
    return new WaitQueue();
  }

  poll(): number {
    return Poll.IN | Poll.OUT | Poll.RDNORM | Poll.WRNORM; // include/linux/poll.h, DEFAULT_POLLMASK
  }

  release(): void {}
}

class FileHandle extends PlainHandle {
  #left: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.#left = bytes;
  }

  read(_caller: Caller, buffer: Uint8Array): Result {
    const part = this.#left.subarray(0, buffer.length);
    buffer.set(part);
    this.#left = this.#left.subarray(part.length);
    return part.length;
  }
}

class FolderHandle extends PlainHandle {
  #left: readonly string[];

  constructor(names: readonly string[]) {
    super();
    this.#left = [".", "..", ...names];
  }

  read(): Result {
    return "EISDIR";
  }

  /** EINVAL if there is no room for one entry (fs/readdir.c, filldir64). */
  entries(buffer: Uint8Array): Result {
    const { count, bytes } = packEntries(this.#left, buffer);
    if (count === 0 && this.#left.length > 0) return "EINVAL";
    this.#left = this.#left.slice(count);
    return bytes;
  }
}
