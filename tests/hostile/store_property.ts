/**
 * What holds whatever a guest writes to xenstore: its text acts on no terminal, forges nothing, costs no more than it
 * wrote, and changes nothing that is said of other domains.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { encodeText } from "../../lib/xenstore/wire.ts";
import { TestHost } from "../support/test_host.ts";
import { assertWellEnded, linesOf } from "./property.ts";
import { HOSTILE, type HostileGuest, letLoose, prepareHost, SERVED, type Taken } from "./store.ts";

/** The command lines that look at a host, and what of their answers is of no concern to the hostile guest. */
const FORMS: Readonly<Record<string, (stdout: string) => readonly string[]>> = {
  "wiring": treeOfOthers,
  "wiring --quiet": treeOfOthers,
  "wiring --json": (stdout) => linesOf(stdout).filter(isOfOthers),
  "wiring --all": treeOfOthers,
  "wiring --all --json": (stdout) => linesOf(stdout).filter(isOfOthers),
  "wiring --format dot": pictureOfOthers,
  "wiring --format mermaid": pictureOfOthers,
  "list --all": listOfOthers,
  "list --all --json": (stdout) => linesOf(stdout).filter(isOfOthers),
  "why 0:5": (stdout) => [stdout],
  "why 9:5 --json": (stdout) => [stdout],
  [`wiring ${HOSTILE}`]: () => [],
  [`list ${HOSTILE} 0`]: () => [],
  [`--as ${HOSTILE} wiring --json`]: () => [],
};

/** Command lines that look at a host, but for {@linkcode SVG}. */
export const LOOKS: readonly string[] = Object.keys(FORMS);

/** The picture that takes time to draw. */
export const SVG = "wiring --format svg";

/**
 * The most bytes of an answer that the guest may add: some for each node, for each port and for each byte that it
 * wrote. A sentence that named all other claims of a port would take 25 times as many bytes as there are nodes, for each.
 */
const MOST = { least: 2000, node: 2500, port: 300, byte: 6 };

/** What acts on a terminal, ends a line or cannot be seen; lines end with a newline. */
const UNSEEN = /(?!\n)\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|[\uFFFE\uFFFF]/u;

let undisturbed: Promise<ReadonlyMap<string, string>> | undefined;

/** What each form prints of a host on which nobody is hostile. */
async function answers(host: TestHost, forms: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const form of forms) {
    const outcome = await host.run(`--simulator ${form}`);
    assertWellEnded(outcome, { json: form.includes("--json"), judges: true });
    assertEquals(outcome.stderr, "", form);
    found.set(form, outcome.stdout);
  }
  return found;
}

async function peaceful(): Promise<ReadonlyMap<string, string>> {
  const host = new TestHost();
  await prepareHost(host.world);
  return await answers(host, [...LOOKS, SVG]);
}

/**
 * Looks at a host with a hostile guest by commands that read xenstore.
 *
 * @param looks Some of {@linkcode LOOKS} and {@linkcode SVG}.
 * @throws {Error} If an answer has something that it must not have.
 */
export async function assertHarmless(guest: HostileGuest, looks = LOOKS): Promise<void> {
  const host = new TestHost();
  await prepareHost(host.world);
  const taken = letLoose(host.world, guest);
  const before = await (undisturbed ??= peaceful());
  for (const [form, stdout] of await answers(host, looks)) {
    const plain = before.get(form)!;
    assertSeen(form, stdout);
    assertSmall(form, stdout, plain, taken, guest.offers.length);
    const others = FORMS[form] ?? (() => []);
    assertEquals(others(stdout), others(plain), `what ${form} says of others`);
  }
}

/** A domain that is created when the guest has written everything: a watch tells of it last. */
const LAST = 8;

/** Follows a host by `wiring --watch` while a guest is let loose on it. Throws as {@linkcode assertHarmless}. */
export async function assertHarmlessWatched(guest: HostileGuest, form: "" | "--json"): Promise<void> {
  const host = new TestHost();
  await prepareHost(host.world);
  const ended = host.start(`--simulator wiring --watch ${form}`);
  await host.stdout.until(form === "" ? /\d channels, .*\n$/ : /"domain":7,"device":"store".*\n/);
  host.stdout.take();
  const taken = letLoose(host.world, guest);
  host.world.createDomain(LAST);
  await host.stdout.until(form === "" ? /domain 8 {2}store.*\n/ : /"domain":8,"device":"store".*\n/);
  host.signal("SIGTERM");
  assertEquals([await ended, host.stderr.text], [143, ""]);
  const told = host.stdout.take();
  assertSeen(`wiring --watch ${form}`, told);
  assertSmall(`wiring --watch ${form}`, told, "", taken, guest.offers.length);
  const heads = form === ""
    ? /^\S+Z {2}domain (?:2|5 {2}vkbd\/0|8) /
    : /^\{"event":"wiring","time":"[^"]+","domain":(?:2|5|8),/;
  for (const line of linesOf(told)) assert(heads.test(line), line);
}

function assertSeen(form: string, stdout: string): void {
  const [unseen] = UNSEEN.exec(stdout) ?? [];
  assert(unseen === undefined, `${form} prints ${JSON.stringify(unseen)}, U+${unseen?.codePointAt(0)?.toString(16)}`);
  if (form.includes("--json")) { for (const line of linesOf(stdout)) JSON.parse(line); }
}

function assertSmall(form: string, stdout: string, plain: string, { nodes, bytes }: Taken, ports: number): void {
  const [now, then] = [stdout, plain].map((text) => encodeText(text).length);
  const most = then + MOST.least + MOST.node * nodes + MOST.port * ports + MOST.byte * bytes;
  assert(now <= most, `${form} prints ${now} bytes for ${nodes} nodes of ${bytes} bytes: more than ${most}`);
}

/** Whether a record is neither of the hostile guest, nor of a port or a device that leads to it. */
function isOfOthers(line: string): boolean {
  const { domain, device, remote_domain } = JSON.parse(line);
  return domain !== HOSTILE && remote_domain !== HOSTILE && !(domain === SERVED.domain && device === SERVED.device);
}

/** Texts in parts that each begin with a domain's heading, but those of domains that have to do with the guest. */
function partsOfOthers(stdout: string): string[] {
  const parts = stdout.split(/^(?=Domain \d+ )/m);
  return parts.filter((part) => ![HOSTILE, SERVED.domain].some((domain) => part.startsWith(`Domain ${domain} `)));
}

/**
 * The words of a tree without its branches: where a hostile guest has made a column wider, states stand on a line of
 * their own. The last line, which counts the channels, is left out.
 */
function treeOfOthers(stdout: string): string[] {
  const lines = linesOf(stdout);
  const domains = lines.slice(0, -1).join("\n");
  return partsOfOthers(domains).map((part) =>
    part.split("\n").flatMap((line) => line.replace(/^[│├└─ ]+/, "").split(/ +/)).join(" ").trim()
  );
}

/** The rows of a list with one blank in the place of many, but those whose ports lead to the hostile guest. */
function listOfOthers(stdout: string): string[] {
  return partsOfOthers(stdout).flatMap((part) => part.split("\n"))
    .filter((line) => !line.includes(`domain ${HOSTILE} `)).map((line) => line.trim().replaceAll(/ +/g, " "));
}

/** The box of a domain that the host does not have: a guest may name any as its backend's. */
const NO_DOMAIN = /^ {2}subgraph (?:cluster_)?d(?![0-7]\b)\d+ (?:.*\n)*? {2}(?:\}|end)\n/gm;

/** The lines of a picture with the labels in the place of the nodes' ids, but those of the hostile guest's devices. */
function pictureOfOthers(stdout: string): string[] {
  const lines = linesOf(stdout.replaceAll(NO_DOMAIN, ""));
  const labels = new Map<string, string>();
  for (const line of lines) {
    const [, id, label] = /^ {4}(d\d+_\d+) ?\[(?:label=)?"((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
    if (id !== undefined) labels.set(id, `${id.split("_")[0]} ${label}`);
  }
  const its = new RegExp(`^d${HOSTILE} |^d\\d+ \\w+\\/${HOSTILE}\\b|^d${SERVED.domain} ${SERVED.device}`);
  const isIts = (line: string) => (line.match(/\bd\d+_\d+\b/g) ?? []).some((id) => its.test(labels.get(id)!));
  return lines.filter((line) => !isIts(line) && !line.includes("linkStyle"))
    .map((line) => line.replaceAll(/\bd\d+_\d+\b/g, (id) => labels.get(id)!));
}
