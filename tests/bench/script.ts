/**
 * How fast `evtchn run` is on the simulator: statements a second, reading the script included.
 *
 * @module
 */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";

const STATEMENTS = 100_000;
const REPEATS = 5;

/** One round of each mix: statements of one channel of its own, closed at the end of the round. */
const MIXES: Readonly<Record<string, readonly string[]>> = {
  "notify and unmask": ["notify 27", "unmask 27"],
  "bind, notify, unbind by name": [
    "p = alloc-unbound 1",
    "@1 q = bind-interdomain 0:$p",
    "@1 notify $q",
    "unbind $p",
    "@1 unbind $q",
  ],
  "the same, and an event expected": [
    "p = alloc-unbound 1",
    "@1 q = bind-interdomain 0:$p",
    "@1 notify $q",
    "expect $p within 1s",
    "unbind $p",
    "@1 unbind $q",
  ],
};

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** Statements a second. */
async function measure(mix: readonly string[], json: boolean): Promise<number> {
  const rounds = Math.ceil(STATEMENTS / mix.length);
  const text = "keep = alloc-unbound 0\n" + `${mix.join("\n")}\n`.repeat(rounds);
  let written = 0;
  const nowhere = {
    terminal: false,
    writeSync: (text: string) => void (written += text.length),
    write: (text: string) => Promise.resolve(void (written += text.length)),
  };
  const host = { ...denoHost(), stdout: nowhere, readText: () => Promise.resolve(text) };
  const start = performance.now();
  const status = await runCommandLine(["--simulator", "run", "-", ...(json ? ["--json"] : [])], host, VERBS);
  const rate = (rounds * mix.length + 1) / (performance.now() - start) * 1000;
  if (status !== 0 || (json && written === 0)) throw new Error(`the script ended with ${status}`);
  return rate;
}

if (import.meta.main) {
  print(`Statements a second, best of ${REPEATS} runs of ${STATEMENTS} (aim: at least 50000):`);
  for (const [name, mix] of Object.entries(MIXES)) {
    for (const json of [false, true]) {
      let best = 0;
      for (let run = 0; run < REPEATS; run++) best = Math.max(best, await measure(mix, json));
      print(`  ${(name + (json ? ", --json" : "")).padEnd(44)}${Math.round(best).toString().padStart(9)}`);
    }
  }
}
