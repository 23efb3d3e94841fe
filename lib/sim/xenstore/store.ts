/**
 * The xenstore of a simulated host: a tree of values with owners, as C xenstored keeps it (tools/xenstored).
 *
 * Transactions and quotas are not modelled.
 *
 * @module
 */

import type { Errno } from "../../../ffi/syscalls.ts";
import { baseName, canonical, isPath, parentOf } from "./path.ts";
import { StoreWatches, type Watcher } from "./watches.ts";

/** What a domain may do with a node. */
export interface Permission {
  readonly domain: number;
  readonly read: boolean;
  readonly write: boolean;
}

/** The first names the owner, who may do everything, and says what those may who are not named. */
export type Permissions = readonly [Permission, ...Permission[]];

/** A node's names, and what changes with them. */
export interface Folder {
  readonly names: readonly string[];
  readonly generation: number;
}

interface Node {
  value: Uint8Array;
  readonly children: Set<string>;
  permissions: Permissions;
  generation: number;
}

type Access = "read" | "write";

const NOTHING = new Uint8Array(0);

/** Where nobody but the owner, and dom0, may do anything. */
export function ownedBy(domain: number, readers: readonly number[] = []): Permissions {
  return [
    { domain, read: false, write: false },
    ...readers.map((reader) => ({ domain: reader, read: true, write: false })),
  ];
}

/** The tree. Methods that take a `caller` answer for that domain: 0 may do everything. */
export class SimulatedStore {
  readonly #nodes = new Map<string, Node>();
  readonly #watches = new StoreWatches();
  #generation = 0;

  constructor() {
    this.#nodes.set("/", this.#newNode(ownedBy(0)));
  }

  /** XS_READ. Returns the value; ENOENT, EACCES, EINVAL. */
  read(caller: number, path: string): Uint8Array | Errno {
    const node = this.#find(caller, path, "read");
    return typeof node === "string" ? node : node.value;
  }

  /** XS_DIRECTORY. Returns the names, the oldest first; errors as `read`. */
  directory(caller: number, path: string): Folder | Errno {
    const node = this.#find(caller, path, "read");
    return typeof node === "string" ? node : { names: [...node.children], generation: node.generation };
  }

  /**
   * XS_WRITE: what is missing above the node is made, each with the permissions of the one above it, owned by the
   * caller unless that is dom0 (construct_node).
   *
   * @param permissions Set as well, on a node that dom0 makes ready for somebody.
   * @returns Why not: EACCES, EINVAL.
   */
  write(caller: number, path: string, value: Uint8Array, permissions?: Permissions): Errno | undefined {
    const full = canonical(caller, path);
    const found = this.#find(caller, path, "write");
    if (found === "ENOENT") this.#make(caller, full);
    else if (typeof found === "string") return found;
    const node = this.#nodes.get(full)!;
    node.value = value.slice();
    node.generation = ++this.#generation;
    if (permissions !== undefined) node.permissions = permissions;
    this.#fire(full);
  }

  /**
   * XS_RM: the node and all below it. A node that is not there is no error where the one above it is (do_rm).
   *
   * @returns Why not: ENOENT, EACCES; EINVAL, also for the root.
   */
  remove(caller: number, path: string): Errno | undefined {
    const full = canonical(caller, path);
    const found = this.#find(caller, path, "write");
    if (found === "ENOENT") return this.#nodes.has(parentOf(full)) ? undefined : "ENOENT";
    if (typeof found === "string") return found;
    if (full === "/") return "EINVAL";
    this.#delete(full, false);
    const parent = this.#nodes.get(parentOf(full))!;
    parent.children.delete(baseName(full));
    parent.generation = ++this.#generation;
  }

  /** XS_WATCH: the first event comes at once, for the path itself. Returns EEXIST, EINVAL. */
  watch(watcher: Watcher, path: string, token: string): Errno | undefined {
    if (!path.startsWith("@") && !isPath(canonical(watcher.domain, path))) return "EINVAL";
    return this.#watches.add(watcher, path, token);
  }

  /** XS_UNWATCH. Returns ENOENT where there is no such watch. */
  unwatch(watcher: Watcher, path: string, token: string): Errno | undefined {
    return this.#watches.remove(watcher, path, token);
  }

  /** The connection is gone, and its watches with it. */
  forget(watcher: Watcher): void {
    this.#watches.forget(watcher);
  }

  /** A special event, such as `@releaseDomain`: only dom0 may hear it. */
  announce(event: `@${string}`): void {
    this.#watches.fire(event, (domain) => domain === 0);
  }

  #newNode(permissions: Permissions): Node {
    return { value: NOTHING, children: new Set(), permissions, generation: ++this.#generation };
  }

  #make(caller: number, path: string): void {
    if (this.#nodes.has(path)) return;
    const above = parentOf(path);
    this.#make(caller, above);
    const parent = this.#nodes.get(above)!;
    const [owner, ...others] = parent.permissions;
    this.#nodes.set(path, this.#newNode(caller === 0 ? parent.permissions : [{ ...owner, domain: caller }, ...others]));
    parent.children.add(baseName(path));
    parent.generation = ++this.#generation;
  }

  /** Whoever watches a node below is told of that node alone (delete_node). */
  #delete(path: string, exact: boolean): void {
    const node = this.#nodes.get(path)!;
    for (const name of node.children) this.#delete(`${path}/${name}`, true);
    this.#fire(path, exact);
    this.#nodes.delete(path);
  }

  /** Told to who may read the node or the one above it (watch_permitted). */
  #fire(path: string, exact = false): void {
    this.#watches.fire(
      path,
      (domain) => this.#may(domain, path, "read") || this.#may(domain, parentOf(path), "read"),
      exact,
    );
  }

  /**
   * Whether a node is there is told to who may read what is: else a missing one is EACCES too (errno_from_parents).
   */
  #find(caller: number, path: string, access: Access): Node | Errno {
    const full = canonical(caller, path);
    if (!isPath(full)) return "EINVAL";
    const node = this.#nodes.get(full);
    if (node !== undefined) return this.#may(caller, full, access) ? node : "EACCES";
    let above = parentOf(full);
    while (!this.#nodes.has(above)) above = parentOf(above);
    return this.#may(caller, above, access) ? "ENOENT" : "EACCES";
  }

  /** Whether a node that is there is for a caller (perm_for_conn). */
  #may(caller: number, path: string, access: Access): boolean {
    const [owner, ...others] = this.#nodes.get(path)!.permissions;
    if (caller === 0 || owner.domain === caller) return true;
    return (others.find(({ domain }) => domain === caller) ?? owner)[access];
  }
}
