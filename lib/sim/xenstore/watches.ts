/**
 * Who is told of what changes in a simulated xenstore.
 *
 * @module
 */

import type { Errno } from "../../../ffi/syscalls.ts";
import { canonical, domainFolder } from "./path.ts";

/** A connection that watches. */
export interface Watcher {
  /** The domain that it acts for. */
  readonly domain: number;
  /** XS_WATCH_EVENT. */
  changed(path: string, token: string): void;
}

interface Watch {
  readonly watcher: Watcher;
  /** As it was given: relative where its events are to be. */
  readonly path: string;
  readonly full: string;
  readonly token: string;
}

/** The watches of all connections. */
export class StoreWatches {
  #watches: Watch[] = [];

  /** Adds one, and fires it once (do_watch). Returns EEXIST for one that is there. */
  add(watcher: Watcher, path: string, token: string): Errno | undefined {
    if (this.#watches.some(isThat(watcher, path, token))) return "EEXIST";
    const full = path.startsWith("@") ? path : canonical(watcher.domain, path);
    this.#watches.push({ watcher, path, full, token });
    watcher.changed(path, token);
  }

  /** Removes one. Returns ENOENT where it is not there. */
  remove(watcher: Watcher, path: string, token: string): Errno | undefined {
    const index = this.#watches.findIndex(isThat(watcher, path, token));
    if (index < 0) return "ENOENT";
    this.#watches.splice(index, 1);
  }

  /** Removes those of a connection. */
  forget(watcher: Watcher): void {
    this.#watches = this.#watches.filter((watch) => watch.watcher !== watcher);
  }

  /**
   * Tells of a change (fire_watches).
   *
   * @param path What changed.
   * @param mayKnow Whether a domain is told.
   * @param exact Only to who watches just this path, as against one above it too.
   */
  fire(path: string, mayKnow: (domain: number) => boolean, exact = false): void {
    for (const watch of this.#watches) {
      const hit = watch.full === path || !exact && (watch.full === "/" || path.startsWith(`${watch.full}/`));
      if (hit && mayKnow(watch.watcher.domain)) watch.watcher.changed(shown(watch, path), watch.token);
    }
  }
}

function isThat(watcher: Watcher, path: string, token: string): (watch: Watch) => boolean {
  return (watch) => watch.watcher === watcher && watch.path === path && watch.token === token;
}

/** A relative watch has relative events (get_watch_path). */
function shown({ watcher, path, full }: Watch, changed: string): string {
  return path === full ? changed : changed.slice(domainFolder(watcher.domain).length + 1);
}
