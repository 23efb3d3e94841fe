/**
 * What a hostile guest writes to xenstore: folders that look like devices, and what no driver would write.
 *
 * @module
 */

import fc from "fast-check";
import type { World } from "../../lib/sim/world.ts";
import { ownedBy } from "../../lib/sim/xenstore/store.ts";
import { FRONTENDS, patternsOf } from "../../lib/wiring/frontends.ts";
import { encodeText } from "../../lib/xenstore/wire.ts";
import { NUMBERS } from "./words.ts";

/** The hostile guest's domain. It is also a driver domain: {@linkcode SERVED} has a device of it. */
export const HOSTILE = 2;

/** A domain with a device whose backend is in the hostile guest's domain, and the device. */
export const SERVED = { domain: 5, device: "vkbd/0" } as const;

/** A node below the guest's own folder. */
export interface HostileNode {
  readonly path: string;
  readonly value: Uint8Array;
}

export interface HostileGuest {
  readonly nodes: readonly HostileNode[];
  /** The domains that it offers a port each. */
  readonly offers: readonly number[];
}

/** How much xenstored took of a guest's nodes. */
export interface Taken {
  readonly nodes: number;
  /** The bytes of their paths and values. */
  readonly bytes: number;
}

/** What a terminal, a parser or a reader may take for something else. */
export const TRICKS: readonly string[] = [
  ..."\u200B \u202E \u2066 \uFEFF \uFFFE \uFFFF \u00AD \u115F \u3164 \u180E \u{E0001} \u{E0041} \u{1D173}".split(" "),
  ..."\u0600 \u06DD \u08E2 \uFFF9 \uFFFB \u{110BD}".split(" "),
  ..."\u2028 \u2029 \u0085 \u009B31m \x1b[2J \x1b]0;x\x07 \r \n \t \0 \x7f \b".split(" "),
  ..."\u00A0 \u3000 \u2003 │ └─ ── ╌╌ \u0301 漢字 😀 '".split(" "),
  ...'" \\ & < > ]]> <!-- --> </title> &quot; #quot; ``` %% ; | ${x} ... ok Connected'.split(" "),
  "\nDomain 1 (web)\n└─ vif/0  port 9 ── dom0 port 31  ok",
  '","verdict":"ok"}\n{"op":"wiring"',
];

/** Bytes that are no UTF-8, as Latin-1 or nothing at all would be. */
const NO_TEXT = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0x34, 0x80], [0x9b, 0x33, 0x31, 0x6d], [0xf4, 0x90, 0x80]];

/** The most bytes of a value that a guest may write: a node's header and one permission take 32 of 2048. */
const LONGEST_VALUE = 2015;

/** What a name of a node may have. */
const NAME = "abcXYZ019-_@";

/** Numbers in other forms than a driver's. */
const NUMBER = fc.constantFrom(
  ...NUMBERS,
  ..."00 05 5. 0b101 0o7 1_0 ５ Infinity -5 +5 4e0".split(" "),
  " 5",
  "5 ",
  "5\n",
);

/** A port: one that the guest is likely to have, or any number. */
const PORT = fc.oneof({ weight: 4, arbitrary: fc.nat(24).map(String) }, { weight: 1, arbitrary: NUMBER });

const trick = fc.constantFrom(...TRICKS);

/** A text with as many of one character before and behind it as fit. */
const padded = fc.tuple(
  fc.constantFrom("4", "5", "x", ""),
  fc.oneof(trick, fc.constantFrom(" ", "\t", "0")),
  fc.boolean(),
)
  .map(([text, pad, before]) => {
    const pads = pad.repeat(Math.floor((LONGEST_VALUE - text.length) / encodeText(pad).length));
    return before ? pads + text : text + pads;
  });

const anyBytes = fc.oneof(
  fc.constantFrom(...NO_TEXT).map((bytes) => Uint8Array.from(bytes)),
  fc.uint8Array({ maxLength: 40 }),
);

const trickText = fc.tuple(fc.constantFrom("", "4", "a"), fc.array(trick, { minLength: 1, maxLength: 4 })).map(
  ([first, tricks]) => first + tricks.join(""),
);

const asBytes = (text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> => text.map(encodeText);

/** Any value. */
const VALUE: fc.Arbitrary<Uint8Array> = fc.oneof(asBytes(NUMBER), asBytes(trickText), asBytes(padded), anyBytes);

const STATE = fc.oneof(
  { weight: 4, arbitrary: asBytes(fc.nat(9).map(String)) },
  { weight: 1, arbitrary: VALUE },
);

const domid = fc.constantFrom(0, 1, HOSTILE, 3, SERVED.domain, 6, 99, 32_751);
const DOMID = fc.oneof({ weight: 4, arbitrary: asBytes(domid.map(String)) }, { weight: 1, arbitrary: VALUE });

const KINDS = [...new Set(FRONTENDS.filter(({ many }) => many).map(({ kind }) => kind))];
const KIND = fc.constantFrom(...KINDS);

const INDEX = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("0", "1", "51712") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("00", "1e3", "0x10", "-1", "@", "_", "99999999999", "__proto__", "constructor"),
  },
  { weight: 1, arbitrary: fc.integer({ min: 30, max: 2000 }).map((length) => "n".repeat(length)) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...NAME), minLength: 1, maxLength: 50 }) },
);

/** What stands in `backend`: this device's own, another's, or no backend's folder. */
const BACKEND = fc.oneof(
  fc.tuple(domid, KIND, domid, INDEX).map(([server, kind, domain, index]) =>
    encodeText(`/local/domain/${server}/backend/${kind}/${domain}/${index}`)
  ),
  asBytes(fc.constantFrom(
    ...["/local/domain/0/backend/vif/1/0", "/local/domain/0/backend/vbd/3/51712", "/local/domain/0/backend/vif/1/0/"],
    ...[`/local/domain/${HOSTILE}/backend/vkbd/5/0`, "/local/domain/1/name", "/", "", "backend", "@releaseDomain"],
    ...["/local/domain/0/backend/../../1/name", `/local/domain/0/backend/${"x/".repeat(120)}x`, "/vm", "/tool"],
    `/local/domain/1/backend/${"x".repeat(1900)}`,
  )),
  VALUE,
);

/** The keys of a kind's ports, with numbers in the place of `#`. */
const keyOf = (kind: string) =>
  fc.tuple(
    fc.constantFrom(...FRONTENDS.filter((each) => each.kind === kind && each.many).flatMap(patternsOf)),
    fc.constantFrom("0", "1", "7", "00000", "99999", "100000", "1e3", "-1"),
  ).map(([words, number]) => words.join("/").replaceAll("#", number));

const node = (path: string, value: Uint8Array): HostileNode => ({ path, value });

/** A device, with some of its nodes missing. */
const device = fc.tuple(KIND, INDEX).chain(([kind, index]) => {
  const folder = `device/${kind}/${index}`;
  const maybe = (name: string, value: fc.Arbitrary<Uint8Array>) =>
    fc.option(value.map((bytes) => node(`${folder}/${name}`, bytes)), { nil: undefined, freq: 8 });
  const port = fc.oneof({ weight: 3, arbitrary: asBytes(PORT) }, { weight: 1, arbitrary: VALUE });
  const ports = fc.array(fc.tuple(keyOf(kind), port).map(([key, value]) => node(`${folder}/${key}`, value)), {
    maxLength: 5,
  });
  return fc.tuple(maybe("state", STATE), maybe("backend", BACKEND), maybe("backend-id", DOMID), ports).map(
    ([state, backend, id, ports]) => [state, backend, id, ...ports].filter((each) => each !== undefined),
  );
});

/** How the ports of many channels go on: all the same, or one after the other. */
const portsFrom = fc.tuple(fc.nat(20), fc.boolean()).map(([first, rises]) => (i: number) =>
  encodeText(String(rises ? first + i : first))
);

/** A device with as many channels as `most`. */
const queues = (most: number) =>
  fc.tuple(
    fc.constantFrom(
      ...[["vif", "queue-#/event-channel"], ["vif", "queue-#/event-channel-tx"], ["vbd", "queue-#/event-channel"]],
      ...[["9pfs", "event-channel-#"], ["vdispl", "#/req-event-channel"], ["vsnd", "0/#/event-channel"]],
    ),
    INDEX,
    fc.integer({ min: 1, max: most }),
    portsFrom,
    fc.oneof(STATE, asBytes(padded)),
    BACKEND,
  ).map(([[kind, key], index, count, port, state, backend]) => [
    node(`device/${kind}/${index}/state`, state),
    node(`device/${kind}/${index}/backend`, backend),
    ...Array.from({ length: count }, (_, i) => node(`device/${kind}/${index}/${key.replace("#", String(i))}`, port(i))),
  ]);

/** As many devices as `most`, each with one channel. */
const crowd = (most: number) =>
  fc.tuple(KIND, fc.integer({ min: 1, max: most }), portsFrom, STATE, fc.constantFrom("", "x".repeat(60))).map(
    ([kind, count, port, state, name]) =>
      Array.from({ length: count }, (_, i) => [
        node(`device/${kind}/${name}${i}/state`, state),
        node(`device/${kind}/${name}${i}/event-channel${kind === "9pfs" ? "-0" : ""}`, port(i)),
      ]).flat(),
  );

/** The console, the store and the suspend channel. */
const services = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...["console/port", "store/port", "device/suspend/event-channel", "console/backend-id", "store/backend-id"],
      ...["console/backend", "console/state", "store/state", "control/shutdown", "data/x", "device/vif", "device"],
      ...["data/vchan/0/a/event-channel", "data/vchan/1/-@_x/event-channel", "data/vchan/9/a/event-channel"],
      ...["data/vchan/40000/a/event-channel", "data/vchan", "data/vchan/0"],
    ),
    fc.oneof(asBytes(PORT), VALUE, DOMID, BACKEND),
  ).map(([path, value]) => node(path, value)),
  { maxLength: 6 },
);

/** Backends, as a driver domain has them: of devices that are there, and of others. */
const backends = fc.array(
  fc.tuple(
    fc.constantFrom("vkbd/5/0", "vif/1/0", `vif/${HOSTILE}/0`, "vbd/3/51712", "vif/99/0", "x/y/z"),
    fc.constantFrom("state", "frontend", "frontend-id", "hotplug-status", "queue-0/event-channel", "online"),
    fc.oneof(
      STATE,
      DOMID,
      VALUE,
      asBytes(fc.constantFrom("/local/domain/1/device/vif/0", `/local/domain/${HOSTILE}/device/vif/0`)),
    ),
  ).map(([backend, name, value]) => node(`backend/${backend}/${name}`, value)),
  { maxLength: 6 },
);

const name = fc.oneof(
  fc.constantFrom("device", "vif", "0", "state", "backend", "backend-id", "event-channel", "port", "__proto__"),
  fc.string({ unit: fc.constantFrom(...NAME), minLength: 1, maxLength: 8 }),
  fc.constantFrom("k".repeat(200), "k".repeat(1900)),
);

/** Names that xenstored takes, with any values. */
const noise = fc.array(
  fc.tuple(fc.array(name, { minLength: 1, maxLength: 6 }), VALUE).map(([names, value]) =>
    node(["device", ...names].join("/"), value)
  ),
  { maxLength: 10 },
);

/**
 * A guest that writes what it likes. Xenstored takes no more of it than the guest's quota.
 *
 * @param most The most channels of one device, and the most devices of one kind: with 1000 the quota is exceeded.
 */
export function hostileGuest(most: number): fc.Arbitrary<HostileGuest> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: device },
    { weight: 1, arbitrary: queues(most) },
    { weight: 1, arbitrary: crowd(most) },
    { weight: 1, arbitrary: services },
    { weight: 1, arbitrary: backends },
    { weight: 1, arbitrary: noise },
  );
  return fc.record({
    nodes: fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.flat()),
    offers: fc.array(domid, { maxLength: 8 }),
  });
}

/** The folders that are the hostile guest's own: more than libxl gives a guest, as much as older toolstacks did. */
const OWN = ["device", "console", "store", "backend", "control", "data", "device/suspend"];

/** Gives a simulated host's guests devices, and the hostile guest its folders. */
export async function prepareHost(world: World): Promise<void> {
  const devices = [
    { kind: "vif", domain: 1, backend: 0, queues: 2 },
    { kind: "vbd", domain: 1, backend: 0 },
    { kind: "vif", domain: 3, backend: 0, fault: "unbound" },
    { kind: "vbd", domain: 3, backend: 0 },
    { kind: "9pfs", domain: 4, backend: 3 },
    { kind: "vkbd", domain: SERVED.domain, backend: HOSTILE },
    { kind: "vif", domain: SERVED.domain, backend: 0 },
  ] as const;
  for (const each of devices) {
    const made = await world.createDevice(each);
    if (typeof made === "string") throw new Error(`${each.kind} of domain ${each.domain}: ${made}`);
  }
  const folder = `/local/domain/${HOSTILE}`;
  for (const name of OWN) world.store!.write(0, `${folder}/${name}`, encodeText(""), ownedBy(HOSTILE));
  for (const name of ["console/port", "store/port"]) {
    const value = world.store!.read(0, `${folder}/${name}`);
    if (typeof value !== "string") world.store!.write(0, `${folder}/${name}`, value, ownedBy(HOSTILE));
  }
}

/** Has the hostile guest do what it wants to. What xenstored refuses is left out, and not counted. */
export function letLoose(world: World, { nodes, offers }: HostileGuest): Taken {
  const guest = world.hypervisor.domain(HOSTILE)!;
  for (const remote of offers) world.hypervisor.allocUnbound(guest, remote);
  let taken = 0;
  let bytes = 0;
  for (const { path, value } of nodes) {
    if (world.store!.write(HOSTILE, path, value) !== undefined) continue;
    taken++;
    bytes += path.length + value.length;
  }
  return { nodes: taken, bytes };
}
