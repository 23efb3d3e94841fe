/**
 * Paths of xenstore (docs/misc/xenstore.txt).
 *
 * @module
 */

/** `XENSTORE_ABS_PATH_MAX`, bytes. */
const LONGEST = 3072;

/** Names of letters, digits and `-_@`, each after one `/`; or the root (is_valid_nodename). */
const PATH = /^(?:\/|(?:\/[A-Za-z0-9_@-]+)+)$/;

/** Whether it is an absolute path that a node can have. */
export function isPath(path: string): boolean {
  return path.length <= LONGEST && PATH.test(path);
}

/** A domain's own folder. */
export function domainFolder(domain: number): string {
  return `/local/domain/${domain}`;
}

/** A path as an absolute one: one without `/` at its start is in the caller's own folder. */
export function canonical(caller: number, path: string): string {
  return path.startsWith("/") ? path : `${domainFolder(caller)}/${path}`;
}

/** The path of the node above; the root is above itself. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** A path's last name. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
