/**
 * `deno task demo`: a guest's network card that is dead is found, explained and cured.
 *
 * What is printed after a `$` and begins with evtchn is run as it stands, by the code that runs it on a real host; the
 * host is simulated, and its toolstack does what `xl` would do.
 *
 * @module
 */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import type { Host } from "../../lib/host/host.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";

const GUEST = 8;
const CARD = { kind: "vif", domain: GUEST, backend: 0 } as const;

async function demo(outside: Host): Promise<void> {
  const kernel = await simulatedKernel("linux", 0);
  const host: Host = { ...outside, kernel: () => Promise.resolve(kernel) };
  const { world } = kernel;
  const say = (text: string) => host.stdout.write(`${text}\n`);
  const evtchn = async (words: string, expected: number) => {
    await say(`$ evtchn ${words}`);
    const status = await runCommandLine(words.split(" "), host, VERBS);
    if (status !== expected) throw new Error(`evtchn ${words} ended with ${status}`);
    if (status !== 0) await say(`[${status}]`);
  };

  world.createDomain(GUEST, "web");
  const [port] = portsOf(await world.createDevice({ ...CARD, fault: "unbound" }));
  await say("A simulated Xen host. The network of its guest web hangs. What is wrong? Status 3: something is.");
  await evtchn("wiring -q web", 3);
  await say("Can the port be bound? It can: its guest waits for a backend that has gone.");
  await evtchn(`why web:${port}`, 0);
  await say("The cure.\n$ xl network-detach web 0; xl network-attach web");
  world.removeStore(0, `/local/domain/${GUEST}/device/vif/0`);
  world.removeStore(0, `/local/domain/0/backend/vif/${GUEST}/0`);
  portsOf(await world.createDevice(CARD));
  await evtchn("wiring -q web", 0);
  await say("Nothing is wrong any more: no output, status 0.");
}

function portsOf(made: { readonly ports: readonly number[] } | string): readonly number[] {
  if (typeof made === "string") throw new Error(`The toolstack cannot make the device: ${made}`);
  return made.ports;
}

await demo(denoHost());
