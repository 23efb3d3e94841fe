/**
 * What a toolstack writes into a simulated host's xenstore: what `xl create` and `xl destroy` leave there, as seen on
 * Xen 4.17, less what nobody asks for here (/vm, /libxl).
 *
 * @module
 */

import { encodeText } from "../../xenstore/wire.ts";
import { ownedBy, type Permissions, type SimulatedStore } from "../xenstore/store.ts";
import { domainFolder } from "../xenstore/path.ts";

/** Kilobytes of memory that a guest has: nobody looks, but somebody may read. */
const GUEST_KILOBYTES = 393_216;

/** The ports that a guest is born with. */
export interface GuestPorts {
  readonly store: number;
  readonly console: number;
}

type Entries = readonly (readonly [path: string, value: string | number])[];

/** Writes what there is before the first guest. */
export function writeHost(store: SimulatedStore): void {
  put(store, "", [
    ["/tool/xenstored", ""],
    ["/local/domain/0/control/feature-poweroff", 1],
    ["/local/domain/0/control/feature-reboot", 1],
    ["/local/domain/0/control/feature-suspend", 1],
    ["/local/domain/0/domid", 0],
    ["/local/domain/0/name", "Domain-0"],
    ["/local/pool/0/name", "Pool-0"],
  ]);
}

/** Writes a guest's folder and its console's backend, and introduces the guest to xenstored. */
export function writeGuest(store: SimulatedStore, domain: number, ports: GuestPorts): void {
  const folder = domainFolder(domain);
  const backend = `${domainFolder(0)}/backend/console/${domain}/0`;
  store.write(0, folder, encodeText(""), ownedBy(0, [domain]));
  put(store, backend, [["", ""]], ownedBy(0, [domain]));
  put(store, `${backend}/`, [
    ["frontend", `${folder}/console`],
    ["frontend-id", domain],
    ["online", 1],
    ["state", 1], // xenconsoled is no xenbus backend: it stays so
    ["protocol", "vt100"],
  ]);
  put(store, `${folder}/`, [
    ["name", `guest${domain}`],
    ["cpu/0/availability", "online"],
    ["memory/static-max", GUEST_KILOBYTES],
    ["memory/target", GUEST_KILOBYTES],
    ["device", ""],
    ["device/suspend", ""],
    ["control", ""],
    ["control/platform-feature-xs_reset_watches", 1],
    ["domid", domain],
    ["store/port", ports.store],
    ["store/ring-ref", 1],
    ["console/backend", backend],
    ["console/backend-id", 0],
    ["console/limit", 1_048_576],
    ["console/type", "xenconsoled"],
    ["console/output", "pty"],
    ["console/tty", `/dev/pts/${domain - 1}`],
    ["console/port", ports.console],
    ["console/ring-ref", 2],
  ]);
  const own = ownedBy(domain);
  put(store, `${folder}/`, [["device/suspend/event-channel", ""], ["control/shutdown", ""], ["data", ""]], own);
  store.announce("@introduceDomain");
}

/** Removes a guest's folder and its devices' backends, wherever they are, with the folders that this leaves empty. */
export function removeGuest(store: SimulatedStore, domain: number): void {
  for (const host of namesIn(store, "/local/domain")) {
    const backends = `/local/domain/${host}/backend`;
    for (const kind of namesIn(store, backends)) {
      store.remove(0, `${backends}/${kind}/${domain}`);
      if (namesIn(store, `${backends}/${kind}`).length === 0) store.remove(0, `${backends}/${kind}`);
    }
    if (namesIn(store, backends).length === 0) store.remove(0, backends);
  }
  store.remove(0, domainFolder(domain));
  store.announce("@releaseDomain");
}

/** The names below a node; none where it is not there. */
function namesIn(store: SimulatedStore, path: string): readonly string[] {
  const folder = store.directory(0, path);
  return typeof folder === "string" ? [] : folder.names;
}

function put(store: SimulatedStore, prefix: string, entries: Entries, permissions?: Permissions): void {
  for (const [path, value] of entries) store.write(0, prefix + path, encodeText(String(value)), permissions);
}
