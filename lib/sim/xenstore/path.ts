/** Paths of xenstore (docs/misc/xenstore.txt). @module */

/** `XENSTORE_REL_PATH_MAX`, bytes: C xenstored's default for the part below a domain's folder, and for other paths. */
const LONGEST = 2048;

const DOMAIN = /^\/local\/domain\/[0-9]{1,5}\//;

/** The root, or names of letters, digits and `-_@`, each after one `/` (is_valid_nodename). */
const PATH = /^(?:\/|(?:\/[A-Za-z0-9_@-]+)+)$/;

export function isPath(path: string): boolean {
  const [folder = ""] = DOMAIN.exec(path) ?? [];
  return path.length <= folder.length + LONGEST && PATH.test(path);
}

export function domainFolder(domain: number): string {
  return `/local/domain/${domain}`;
}

/** The absolute form of a path; a relative one is below the caller's folder. */
export function canonical(caller: number, path: string): string {
  return path.startsWith("/") ? path : `${domainFolder(caller)}/${path}`;
}

/** The path of the node above; the root's is the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
