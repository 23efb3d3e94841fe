/** What `xl create` and `xl destroy` of Xen 4.17 leave in xenstore, without /vm and /libxl. @module */

import { stateNumber } from "../../wiring/states.ts";
import { decodeText, encodeText } from "../../xenstore/wire.ts";
import type { GuestPorts } from "../xen/boot.ts";
import { domainFolder } from "../xenstore/path.ts";
import { ownedBy, type Permissions, type SimulatedStore } from "../xenstore/store.ts";

const GUEST_KILOBYTES = 393_216;

/** Keys, relative to a folder, and their values. */
export type Entries = readonly (readonly [key: string, value: string | number])[];

/** Writes what a host has before the first guest. */
export function writeHost(store: SimulatedStore): void {
  writeEntries(store, "", [
    ["tool/xenstored", ""],
    ["local/domain/0/control/feature-poweroff", 1],
    ["local/domain/0/control/feature-reboot", 1],
    ["local/domain/0/control/feature-suspend", 1],
    ["local/domain/0/domid", 0],
    ["local/domain/0/name", "Domain-0"],
    ["local/pool/0/name", "Pool-0"],
  ]);
}

/** Writes a guest's folder and its console's backend, and introduces the guest to xenstored. */
export function writeGuest(store: SimulatedStore, domain: number, ports: GuestPorts, name = `guest${domain}`): void {
  const folder = domainFolder(domain);
  const backend = `${domainFolder(0)}/backend/console/${domain}/0`;
  store.write(0, folder, encodeText(""), ownedBy(0, [domain]));
  writeFolder(store, backend, ownedBy(0, [domain]), [
    ["frontend", `${folder}/console`],
    ["frontend-id", domain],
    ["online", 1],
    ["state", stateNumber("Initialising")], // for ever: xenconsoled is no xenbus backend
    ["protocol", "vt100"],
  ]);
  writeEntries(store, folder, [
    ["name", name],
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
  writeEntries(store, folder, [["device/suspend/event-channel", ""], ["control/shutdown", ""], ["data", ""]], own);
  store.announce("@introduceDomain");
}

/** Removes a guest's folder, its devices' backends in every domain, and the folders that this leaves empty. */
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

/** The names of all domains that have one. */
export function domainNames(store: SimulatedStore): string[] {
  return namesIn(store, "/local/domain").flatMap((domain) => {
    const name = store.read(0, `/local/domain/${domain}/name`);
    return typeof name === "string" ? [] : [decodeText(name)];
  });
}

/** The names below a node; none where the node is missing. */
export function namesIn(store: SimulatedStore, path: string): readonly string[] {
  const folder = store.directory(0, path);
  return typeof folder === "string" ? [] : folder.names;
}

/** Writes a node and the entries below it, which get its permissions. */
export function writeFolder(store: SimulatedStore, folder: string, permissions: Permissions, entries: Entries): void {
  store.write(0, folder, encodeText(""), permissions);
  writeEntries(store, folder, entries);
}

function writeEntries(store: SimulatedStore, folder: string, entries: Entries, permissions?: Permissions): void {
  for (const [key, value] of entries) store.write(0, `${folder}/${key}`, encodeText(String(value)), permissions);
}
