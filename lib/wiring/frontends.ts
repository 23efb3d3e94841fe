/** The xenstore keys that hold the ports of each kind of frontend (xen/include/public/io, Linux). @module */

export interface FrontendKind {
  /** The first part of a device's name, for example `vif` in `vif/0`. */
  readonly kind: string;
  /** The kind's folder below /local/domain/N. */
  readonly folder: string;
  /** Whether the folder has one folder for each device; else the folder is the device. */
  readonly many: boolean;
  /**
   * Sets of keys that hold ports, below the device; `#` stands for a number. A frontend writes all keys of a set or
   * none. A device without any of them is expected to write the first set.
   */
  readonly keys: readonly (readonly string[])[];
  /** The program that binds the port; undefined for a backend driver. Without a driver, no end has a xenbus state. */
  readonly server?: string;
  /** Whether the port may be missing or unbound, because it is made and bound only when it is needed. */
  readonly onDemand?: boolean;
}

const simple = (kind: string): FrontendKind => ({
  kind,
  folder: `device/${kind}`,
  many: true,
  keys: [["event-channel"]],
});

export const FRONTENDS: readonly FrontendKind[] = [
  { kind: "console", folder: "console", many: false, keys: [["port"]], server: "xenconsoled, or a device model," },
  { kind: "store", folder: "store", many: false, keys: [["port"]], server: "xenstored" },
  // The second console and later ones; a driver of the device model serves them (io/console.h).
  { kind: "console", folder: "device/console", many: true, keys: [["port"]] },
  {
    kind: "vif",
    folder: "device/vif",
    many: true,
    keys: [
      ["event-channel"],
      ["event-channel-tx", "event-channel-rx"],
      ["queue-#/event-channel"],
      ["queue-#/event-channel-tx", "queue-#/event-channel-rx"],
      ["event-channel-ctrl"],
    ],
  },
  { kind: "vbd", folder: "device/vbd", many: true, keys: [["event-channel"], ["queue-#/event-channel"]] },
  { kind: "9pfs", folder: "device/9pfs", many: true, keys: [["event-channel-#"]] },
  { kind: "pvcalls", folder: "device/pvcalls", many: true, keys: [["port"]] }, // of its commands (io/pvcalls.h)
  simple("vkbd"),
  simple("vfb"),
  simple("vusb"),
  simple("vscsi"),
  simple("vtpm"),
  simple("pci"),
  // One folder for each connector (io/displif.h).
  { kind: "vdispl", folder: "device/vdispl", many: true, keys: [["#/req-event-channel", "#/evt-event-channel"]] },
  // One folder for each stream of a device; old frontends have no event channel for events (io/sndif.h).
  { kind: "vsnd", folder: "device/vsnd", many: true, keys: [["#/#/event-channel"], ["#/#/evt-event-channel"]] },
  // The toolstack notifies it to suspend the domain. Empty unless the guest supports that.
  {
    kind: "suspend",
    folder: "device/suspend",
    many: false,
    keys: [["event-channel"]],
    server: "the toolstack",
    onDemand: true,
  },
];

/** A key, split at `/`. */
export type Pattern = readonly string[];

export function patternsOf(kind: FrontendKind): readonly Pattern[] {
  return kind.keys.flat().map((key) => key.split("/"));
}

const NUMBER = "#";

/** Whether a node's name matches one part of a pattern. */
export function matches(word: string, name: string): boolean {
  const at = word.indexOf(NUMBER);
  if (at < 0) return word === name;
  return name.startsWith(word.slice(0, at)) && /^[0-9]{1,5}$/.test(name.slice(at));
}

/** The keys that a device should have: those found and the rest of their sets; the first set if none was found. */
export function expectedKeys(kind: FrontendKind, found: readonly string[]): string[] {
  if (found.length === 0) return kind.keys[0].map((key) => key.replaceAll(NUMBER, "0"));
  const wanted = new Set(found);
  for (const set of kind.keys) {
    if (set.length === 1) continue;
    for (const key of found) {
      if (!set.includes(patternOf(key))) continue;
      const numbers = key.match(/[0-9]+/g) ?? [];
      for (const pattern of set) wanted.add(filled(pattern, numbers));
    }
  }
  const rank = new Map(kind.keys.flat().map((pattern, i) => [pattern, i]));
  const rankOf = (key: string) => rank.get(patternOf(key)) ?? 0;
  return [...wanted].sort((a, b) => byNumbers(a, b) || rankOf(a) - rankOf(b));
}

/** Compares the numbers in two names, first to last: 2 before 10, and a name without a number before all others. */
export function byNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((key) => (key.match(/[0-9]+/g) ?? []).map(Number));
  const differs = left.findIndex((number, i) => number !== right[i]);
  if (differs < 0) return left.length - right.length;
  return differs < right.length ? left[differs] - right[differs] : 1;
}

function patternOf(key: string): string {
  return key.replaceAll(/(?<=^|[-/])[0-9]+/g, NUMBER);
}

function filled(pattern: string, numbers: readonly string[]): string {
  let next = 0;
  return pattern.replaceAll(NUMBER, () => numbers[next++]);
}
