/**
 * Where frontends keep their ports in xenstore: what each kind writes, as data.
 *
 * The keys are those of xen/include/public/io and of Linux' frontends.
 *
 * @module
 */

/** A kind of frontend, and where its ports are below /local/domain/N. */
export interface FrontendKind {
  /** What its devices are called, as in `vif/0`. */
  readonly kind: string;
  /** Its folder. */
  readonly folder: string;
  /** Whether the folder has one folder for each device; else it is the one device itself. */
  readonly many: boolean;
  /**
   * The keys that hold ports, below the device; `#` stands for a number. Those of one set are written together, so
   * that one without the others is a fault. The first set is what a device lacks that has none.
   */
  readonly keys: readonly (readonly string[])[];
  /**
   * Who binds the port where it is no driver: it has no backend that tells its state, nor does the frontend. Undefined
   * for a driver: both ends walk through the states of xenbus.
   */
  readonly server?: string;
  /** Whether nothing need be there: the port is made and bound when it is called for. */
  readonly onDemand?: boolean;
}

/** A device of a folder of its own, with one port. */
const simple = (kind: string): FrontendKind => ({
  kind,
  folder: `device/${kind}`,
  many: true,
  keys: [["event-channel"]],
});

/** Every kind that holds a port, in the order in which they are shown. */
export const FRONTENDS: readonly FrontendKind[] = [
  { kind: "console", folder: "console", many: false, keys: [["port"]], server: "xenconsoled, or a device model," },
  { kind: "store", folder: "store", many: false, keys: [["port"]], server: "xenstored" },
  // Each console after the first; a driver of the device model serves it (io/console.h).
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
  simple("vkbd"),
  simple("vfb"),
  simple("vusb"),
  simple("vscsi"),
  simple("vtpm"),
  simple("pci"),
  // A connector each (io/displif.h).
  { kind: "vdispl", folder: "device/vdispl", many: true, keys: [["#/req-event-channel", "#/evt-event-channel"]] },
  // A stream of a device each; old frontends have no channel for events (io/sndif.h).
  { kind: "vsnd", folder: "device/vsnd", many: true, keys: [["#/#/event-channel"], ["#/#/evt-event-channel"]] },
  // What the toolstack notifies to suspend the domain: empty unless the guest offers it.
  {
    kind: "suspend",
    folder: "device/suspend",
    many: false,
    keys: [["event-channel"]],
    server: "the toolstack",
    onDemand: true,
  },
];

/** A key's words, `#` standing for a number. */
export type Pattern = readonly string[];

/** The keys of a kind as patterns, word by word. */
export function patternsOf(kind: FrontendKind): readonly Pattern[] {
  return kind.keys.flat().map((key) => key.split("/"));
}

/** A `#` and the numbers that it stands for. */
const NUMBER = "#";

/** Whether a name is what a word of a pattern stands for. */
export function matches(word: string, name: string): boolean {
  const at = word.indexOf(NUMBER);
  if (at < 0) return word === name;
  return name.startsWith(word.slice(0, at)) && /^[0-9]{1,5}$/.test(name.slice(at));
}

/**
 * The keys that a device has or should have: those found, the others of their sets, and where there is none at all the
 * first set's.
 *
 * @param found The keys that are there, below the device.
 */
export function expectedKeys(kind: FrontendKind, found: readonly string[]): string[] {
  if (found.length === 0) return kind.keys[0].map((key) => key.replaceAll(NUMBER, "0"));
  const wanted = new Set(found);
  for (const set of kind.keys) {
    if (set.length === 1) continue;
    for (const key of found) {
      if (!set.some((pattern) => keyMatches(pattern, key))) continue;
      const numbers = key.match(/[0-9]+/g) ?? [];
      for (const pattern of set) wanted.add(filled(pattern, numbers));
    }
  }
  const rank = new Map(kind.keys.flat().map((pattern, i) => [pattern, i]));
  const rankOf = (key: string) => rank.get(key.replaceAll(/(?<=^|[-/])[0-9]+/g, NUMBER)) ?? 0;
  return [...wanted].sort((a, b) => byNumbers(a, b) || rankOf(a) - rankOf(b));
}

/** By the numbers in them, first to last: 2 comes before 10, and a key without a number before all that have one. */
export function byNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((key) => (key.match(/[0-9]+/g) ?? []).map(Number));
  const differs = left.findIndex((number, i) => number !== right[i]);
  if (differs < 0) return left.length - right.length;
  return differs < right.length ? left[differs] - right[differs] : 1;
}

function keyMatches(pattern: string, key: string): boolean {
  const [words, names] = [pattern.split("/"), key.split("/")];
  return words.length === names.length && words.every((word, i) => matches(word, names[i]));
}

function filled(pattern: string, numbers: readonly string[]): string {
  let next = 0;
  return pattern.replaceAll(NUMBER, () => numbers[next++]);
}
