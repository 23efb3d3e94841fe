/** A long script on the simulator, and real descriptors that come and go. @module */

import { setImmediate } from "node:timers";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import type { World } from "../../lib/sim/world.ts";
import { type Meter, mustEnd, sinkHost } from "./course.ts";

/** One second of script time. */
const SECOND = `p = alloc-unbound 1
@1 q = bind-interdomain 0:$p
@1 notify $q
expect $p within 1s
v = bind-virq tbuf
raise tbuf
expect $v within 1s
unbind $v
unbind $p
@1 unbind $q
@/b open
@/b r = alloc-unbound 2
@/b close
create 9
device vif 9 --fault waiting
@9 alloc-unbound 0
list 9
wiring 1
store-write /local/domain/1/data/x 1
store-rm /local/domain/1/data/x
destroy 9
w = alloc-unbound 2
watch $w --timeout 10ms
unbind $w
`;

/** A script of so many seconds. */
export async function scriptTime(size: number, meter: Meter): Promise<void> {
  const rounds = Array.from({ length: size }, (_, i) => `${SECOND}print second ${i + 1}\nsleep 990ms\n`);
  const real = denoHost();
  const host = sinkHost((text) => {
    for (const [, second] of text.matchAll(/^second (\d+)$/gm)) meter.done(Number(second));
  }, {
    // One second more: what a second printed is written while the next one runs.
    readText: () => Promise.resolve(rounds.join("") + SECOND),
    async kernel(choice) {
      const kernel = await real.kernel(choice);
      meter.world = kernel.world as World;
      return kernel;
    },
  });
  mustEnd(await runCommandLine(["--simulator", "run", "-"], host, VERBS), 0);
}

/** Opens a descriptor of this machine through libc, is refused by what it is, and closes it. */
export async function handles(size: number, meter: Meter): Promise<void> {
  const host = sinkHost(() => {});
  const quiet = { ...host, stderr: host.stdout };
  for (let i = 1; i <= size; i++) {
    mustEnd(await runCommandLine(["--device", "/dev/null", "alloc-unbound", "0", "--hold", "0s"], quiet, VERBS), 1);
    await new Promise((resolve) => setImmediate(resolve)); // Deno lets go of signals in a turn of its loop
    meter.done(i);
  }
}
