/** Snapshots, which --from looks at: cut, in another order, of other versions, changed, of bytes that are no text. */

import fc from "fast-check";
import { systemClock } from "../../lib/clock.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { collect } from "../../lib/snapshot/collect.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { bytesOf, damaged } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { runHostile } from "./machine.ts";
import { asks, assertWellEnded } from "./property.ts";
import { anything } from "./words.ts";

/** That of a small host with devices. */
const SNAPSHOT = await snapshot();

async function snapshot(): Promise<string> {
  const kernel = await simulatedKernel("linux", 0);
  for (const domain of [3, 4, 5, 6, 7]) await kernel.world.destroyDomain(domain);
  await kernel.world.createDevice({ kind: "vif", domain: 1, backend: 0, queues: 2 });
  await kernel.world.createDevice({ kind: "vbd", domain: 2, backend: 0, fault: "unbound" });
  const view = new KernelView(kernel, systemClock());
  let text = "";
  for await (const piece of collect(view, { now: 1_767_323_045_000_000, pressesKey: true })) text += piece;
  await view.close();
  return text;
}

const [HEAD, ...SECTIONS] = SNAPSHOT.split(/^(?=section )/m);

const path = fc.array(fc.constantFrom("local", "domain", "0", "1", "2", "device", "vif", "state", "backend", "name"), {
  maxLength: 7,
}).map((names) => `/${names.join("/")}`);
const storeLine = fc.tuple(
  path,
  fc.oneof(anything, fc.constantFrom("4", "9", "\\x1b[2J", "\\", '"', "\\n")),
  fc.constantFrom(
    '"',
    '"   (n0,r1)',
    "",
  ),
).map(([path, value, end]) => `${path} = "${value}${end}`);
const portLine = fc.tuple(fc.nat(70), fc.nat(9), fc.nat(99)).map(([port, domain, other]) =>
  `  ${port}: VCPU 0: Interdomain (Connected) - Remote Domain ${domain}, Port ${other}`
);
const other = fc.tuple(
  fc.constantFrom(
    "command xenstore-ls -fp",
    "command lsevtchn 1",
    "command lsevtchn 99999",
    "command xl list",
    "domains",
    "dump e",
    "file /proc/interrupts",
    "folder /proc",
    "link /proc/1/fd/3",
    "weather",
  ),
  fc.array(fc.oneof(storeLine, portLine, anything), { maxLength: 12 }),
  fc.constantFrom("status 0", "status 1", "status 124", "missing ENOENT", "missing \x1b[2J", "", "status 99999"),
).map(([name, lines, end]) => `section ${name}\n${lines.map((line) => ` ${line}\n`).join("")}${end}\n`);

/** Sections of a sound snapshot and others, in any order. */
const mixed = fc.tuple(
  fc.constantFrom(HEAD, "evtchn-snapshot 1\n", "evtchn-snapshot 2\n", "evtchn-snapshot 1\ntime never\nhost \x1b[2J\n"),
  fc.shuffledSubarray(SECTIONS.filter((section) => section.length < 20_000)),
  fc.array(other, { maxLength: 4 }),
  fc.constantFrom("end\n", ""),
).map(([head, sound, others, end]) => [head, ...others, ...sound, end].join(""));

/** Bare outputs of tools. */
const bare = fc.array(fc.oneof(storeLine, portLine), { minLength: 1, maxLength: 30 }).map((lines) => lines.join("\n"));

const LOOKS = [
  ["list", "--all"],
  ["list", "1", "2"],
  ["list", "guest1"],
  ["list", "--all", "--pending"],
  ["list", "--all", "--summary"],
  ["holders"],
  ["stats"],
  ["why", "1:9"],
  ["decode"],
  ["wiring", "--all"],
  ["wiring"],
  ["wiring", "-q"],
  ["wiring", "--summary"],
  ["wiring", "--format", "dot"],
  ["wiring", "--format", "mermaid", "--queues"],
  ["wiring", "--diff", "-"],
  ["list", "--all", "--diff=-"],
  ["collect"],
];

export const SNAPSHOTS: Kind<{ text: string; look: readonly string[]; flags: readonly string[] }> = {
  name: "snapshots",
  input: fc.record({
    text: fc.oneof(
      { weight: 3, arbitrary: damaged(mixed, 6) },
      { weight: 2, arbitrary: damaged(fc.constant(SNAPSHOT), 6) },
      { weight: 1, arbitrary: damaged(bare, 6) },
    ),
    look: fc.constantFrom(...LOOKS),
    flags: fc.constantFrom([], ["--color=always"], ["--ascii"], ["--json"]),
  }),
  async check({ text, look, flags }) {
    const words = [...look, "--from", "snap", ...look.includes("dot") || look.includes("collect") ? [] : flags];
    const given = { input: bytesOf(text) };
    const outcome = await runHostile(words, given);
    const verbatim = look.includes("collect") || look.includes("--format");
    assertWellEnded(outcome, { ...asks(words), verbatim, judges: true });
    return outcome.status !== 2;
  },
};
