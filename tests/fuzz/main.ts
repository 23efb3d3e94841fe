/**
 * Compares the simulator with the real driver of this machine, which is a dom0 of a rig.
 *
 * @module
 */

import { fuzz, summary } from "./fuzz.ts";
import { realHost, simulatedHost } from "./hosts.ts";
import { oneVcpu } from "./one_vcpu.ts";
import { parseWanted, USAGE } from "./options.ts";

function print(text: string): void {
  for (let bytes = new TextEncoder().encode(text); bytes.length > 0;) {
    bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  }
}

async function main(): Promise<number> {
  const wanted = parseWanted(Deno.args);
  if (wanted === undefined) {
    print(`${USAGE}\n`);
    return 2;
  }
  using _ = oneVcpu();
  const findings = await fuzz({ ...wanted, hosts: [await simulatedHost(), realHost("/dev/xen/evtchn")], print });
  print(summary(findings, wanted.seeds));
  const { differences, reached } = findings;
  return differences === 0 && reached.statements >= wanted.count ? 0 : 1;
}

Deno.exit(await main());
