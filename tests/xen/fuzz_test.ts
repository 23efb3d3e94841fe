/**
 * Scripts at random on the real driver: the short run. `deno task fuzz:xen` is the long one.
 */
import { assertEquals, assertGreater } from "@std/assert";
import { fuzz, summary } from "../fuzz/fuzz.ts";
import { simulatedHost } from "../fuzz/hosts.ts";
import { oneVcpu } from "../fuzz/one_vcpu.ts";
import { DEVICE, KERNEL, test } from "./device.ts";

const SEEDS = [2001, 2002];
const STATEMENTS = 5000;

const SUBJECT = `${STATEMENTS} statements at random (seeds ${SEEDS.join(", ")})`;

test(`${SUBJECT} say the same on the real driver as on the simulator, overflows and large rings included`, async () => {
  let told = "";
  using _ = oneVcpu();
  const hosts = [await simulatedHost(), { ...KERNEL, name: DEVICE, path: DEVICE }] as const;
  const findings = await fuzz({ hosts, seeds: SEEDS, count: STATEMENTS, print: (text) => void (told += text) });
  told += summary(findings, SEEDS);
  const { differences, reached } = findings;
  assertEquals(differences, 0, told);
  for (const count of [reached.overflows, reached.largeRings, reached.stale, reached.reused]) assertGreater(count, 0);
  assertGreater(reached.statements + 1, STATEMENTS);
});
