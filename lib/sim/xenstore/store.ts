/**
 * The xenstore of a simulated host: a tree of values with owners, and its watches, as C xenstored keeps them
 * (tools/xenstore of Xen 4.17). Transactions and quotas of memory are not simulated.
 *
 * @module
 */

import type { Errno } from "../../../ffi/syscalls.ts";
import { baseName, canonical, domainFolder, isPath, parentOf } from "./path.ts";

export interface Permission {
  readonly domain: number;
  readonly read: boolean;
  readonly write: boolean;
}

/** The first names the owner, who may do everything, and the rights of every domain that is not listed. */
export type Permissions = readonly [Permission, ...Permission[]];

export interface Folder {
  /** The oldest first. */
  readonly names: readonly string[];
  /** It changes with the node and with the names. */
  readonly generation: number;
}

/** A connection that watches. */
export interface StoreWatcher {
  readonly domain: number;
  changed(path: string, token: string): void;
}

interface Node {
  value: Uint8Array;
  /** Undefined: never had any. */
  children?: Set<string>;
  permissions: Permissions;
  generation: number;
}

interface Watch {
  readonly watcher: StoreWatcher;
  /** As it was given: events of a relative watch have relative paths (get_watch_path). */
  readonly path: string;
  readonly full: string;
  readonly token: string;
}

type Access = "read" | "write";

/**
 * What a domain other than 0 may have (xenstored_core.c and xenstored_watch.c of Xen 4.17): nodes that it owns, bytes
 * of a node, watches. One node more is ENOSPC; a watch is E2BIG if there are more than that many before it.
 */
export const QUOTA = { nodes: 1000, nodeBytes: 2048, watches: 128 } as const;

/** `struct xs_tdb_record_hdr`, and `struct xs_permissions` for each permission. */
const NODE_HEADER_BYTES = 24;
const PERMISSION_BYTES = 8;

const NOTHING = new Uint8Array(0);

/** Full rights for the owner and dom0, reading for `readers`, nothing for other domains. */
export function ownedBy(domain: number, readers: readonly number[] = []): Permissions {
  return [
    { domain, read: false, write: false },
    ...readers.map((reader) => ({ domain: reader, read: true, write: false })),
  ];
}

/** The tree. Methods check the rights of `caller`; domain 0 may do everything. */
export class SimulatedStore {
  readonly #nodes = new Map<string, Node>();
  /** How many nodes each domain owns. */
  readonly #owned = new Map<number, number>();
  #watches: Watch[] = [];
  #generation = 0;

  constructor() {
    this.#nodes.set("/", this.#newNode(ownedBy(0)));
  }

  read(caller: number, path: string): Uint8Array | Errno {
    const node = this.#find(caller, path, "read");
    return typeof node === "string" ? node : node.value;
  }

  directory(caller: number, path: string): Folder | Errno {
    const node = this.#find(caller, path, "read");
    return typeof node === "string" ? node : { names: [...node.children ?? []], generation: node.generation };
  }

  write(caller: number, path: string, value: Uint8Array, permissions?: Permissions): Errno | undefined {
    const full = canonical(caller, path);
    const found = this.#find(caller, path, "write");
    if (typeof found === "string" && found !== "ENOENT") return found;
    if (this.#exceeds(caller, full, value.length)) return "ENOSPC";
    if (found === "ENOENT") this.#make(caller, full);
    const node = this.#nodes.get(full)!;
    node.value = value.slice();
    node.generation = ++this.#generation;
    if (permissions !== undefined) {
      this.#count(node, -1);
      node.permissions = permissions;
      this.#count(node, 1);
    }
    this.#fireChange(full);
  }

  /** XS_RM. A missing node is an error only if the node above it is missing too (do_rm). */
  remove(caller: number, path: string): Errno | undefined {
    const full = canonical(caller, path);
    const found = this.#find(caller, path, "write");
    if (found === "ENOENT") return this.#nodes.has(parentOf(full)) ? undefined : "ENOENT";
    if (typeof found === "string") return found;
    if (full === "/") return "EINVAL";
    this.#delete(full, false);
    const parent = this.#nodes.get(parentOf(full))!;
    parent.children!.delete(baseName(full));
    parent.generation = ++this.#generation;
  }

  /**
   * XS_WATCH. The first event, of the path itself, comes at once (do_watch). Equal watches do not meet: Linux gives each
   * a token of its own towards xenstored (register_xenbus_watch).
   */
  watch(watcher: StoreWatcher, path: string, token: string): Errno | undefined {
    const special = path.startsWith("@");
    const full = special ? path : canonical(watcher.domain, path);
    if (!special && !isPath(full)) return "EINVAL";
    const { domain } = watcher;
    if (domain !== 0 && this.#watches.filter((watch) => watch.watcher.domain === domain).length > QUOTA.watches) {
      return "E2BIG";
    }
    this.#watches.push({ watcher, path, full, token });
    watcher.changed(path, token);
  }

  /** XS_UNWATCH: ends one such watch. Linux says OK if there is none (xenbus_write_watch). */
  unwatch(watcher: StoreWatcher, path: string, token: string): void {
    const index = this.#watches.findIndex((each) =>
      each.watcher === watcher && each.path === path && each.token === token
    );
    if (index >= 0) this.#watches.splice(index, 1);
  }

  /** Removes the watches of a connection that has ended. */
  forget(watcher: StoreWatcher): void {
    this.#watches = this.#watches.filter((watch) => watch.watcher !== watcher);
  }

  /** Fires a special event, such as `@releaseDomain`; only dom0 gets it. */
  announce(event: `@${string}`): void {
    this.#fire(event, (domain) => domain === 0);
  }

  #newNode(permissions: Permissions): Node {
    const node = { value: NOTHING, permissions, generation: ++this.#generation };
    this.#count(node, 1);
    return node;
  }

  #count({ permissions: [owner] }: Node, change: 1 | -1): void {
    this.#owned.set(owner.domain, (this.#owned.get(owner.domain) ?? 0) + change);
  }

  /** Whether a write would exceed the caller's quota (create_node, write_node_raw). Names of children count too. */
  #exceeds(caller: number, path: string, valueBytes: number): boolean {
    if (caller === 0) return false;
    const bytes = ({ permissions, children }: Node, value: number, more: number) =>
      NODE_HEADER_BYTES + PERMISSION_BYTES * permissions.length + value + more +
      [...children ?? []].reduce((sum, name) => sum + name.length + 1, 0);
    const tooBig = (size: number) => size >= QUOTA.nodeBytes;
    const node = this.#nodes.get(path);
    if (node !== undefined) return tooBig(bytes(node, valueBytes, 0));
    let missing = 1;
    let child = path;
    for (; !this.#nodes.has(parentOf(child)); child = parentOf(child)) missing++;
    const above = this.#nodes.get(parentOf(child))!;
    return (this.#owned.get(caller) ?? 0) + missing > QUOTA.nodes ||
      tooBig(NODE_HEADER_BYTES + PERMISSION_BYTES * above.permissions.length + valueBytes) ||
      tooBig(bytes(above, above.value.length, baseName(child).length + 1));
  }

  /** A new node has the permissions of the node above; its owner is the caller, unless that is dom0 (construct_node). */
  #make(caller: number, path: string): void {
    if (this.#nodes.has(path)) return;
    const above = parentOf(path);
    this.#make(caller, above);
    const parent = this.#nodes.get(above)!;
    const [owner, ...others] = parent.permissions;
    const inherited = caller === 0 || caller === owner.domain;
    this.#nodes.set(
      path,
      this.#newNode(inherited ? parent.permissions : [{ ...owner, domain: caller }, ...others]),
    );
    (parent.children ??= new Set()).add(baseName(path));
    parent.generation = ++this.#generation;
  }

  /** Of nodes below the removed one only exact watches are told (delete_node). */
  #delete(path: string, exact: boolean): void {
    const node = this.#nodes.get(path)!;
    for (const name of node.children ?? []) this.#delete(`${path}/${name}`, true);
    this.#fireChange(path, exact);
    this.#count(node, -1);
    this.#nodes.delete(path);
  }

  /** Tells the domains that may read the node or the node above it (watch_permitted). */
  #fireChange(path: string, exact = false): void {
    const mayRead = (domain: number) => this.#may(domain, path, "read") || this.#may(domain, parentOf(path), "read");
    this.#fire(path, mayRead, exact);
  }

  /** @param exact Whether only watches of just this path are told, and none of a path above it (fire_watches). */
  #fire(path: string, mayKnow: (domain: number) => boolean, exact = false): void {
    for (const { watcher, path: given, full, token } of this.#watches) {
      const hit = full === path || !exact && (full === "/" || path.startsWith(`${full}/`));
      if (!hit || !mayKnow(watcher.domain)) continue;
      watcher.changed(given === full ? path : path.slice(domainFolder(watcher.domain).length + 1), token);
    }
  }

  /** ENOENT only if the caller may access the nearest existing node above, else EACCES (errno_from_parents). */
  #find(caller: number, path: string, access: Access): Node | Errno {
    const full = canonical(caller, path);
    if (!isPath(full)) return "EINVAL";
    const node = this.#nodes.get(full);
    if (node !== undefined) return this.#may(caller, full, access) ? node : "EACCES";
    let above = parentOf(full);
    while (!this.#nodes.has(above)) above = parentOf(above);
    return this.#may(caller, above, access) ? "ENOENT" : "EACCES";
  }

  /** Whether a caller may access an existing node (perm_for_conn). */
  #may(caller: number, path: string, access: Access): boolean {
    const [owner, ...others] = this.#nodes.get(path)!.permissions;
    if (caller === 0 || owner.domain === caller) return true;
    return (others.find(({ domain }) => domain === caller) ?? owner)[access];
  }
}
