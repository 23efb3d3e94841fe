/**
 * Who holds what on a host with 200 guests of four devices with four queues each, on the simulator, in a process of its
 * own: milliseconds and memory of `holders` and `list --summary`, which have bars; of `list --all` and `wiring --all` beside
 * `wiring`.
 *
 * @module
 */

import { LINUX } from "../../ffi/abi.ts";
import { systemClock } from "../../lib/clock.ts";
import { lookAtHolders } from "../../lib/inspect/holders.ts";
import { askedList, listPorts } from "../../lib/inspect/list.ts";
import { type DomainPorts, summarizePorts } from "../../lib/inspect/summary.ts";
import { holdersText } from "../../lib/render/holders.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { domainText } from "../../lib/render/list.ts";
import { summaryTable } from "../../lib/render/summary.ts";
import { wiringTree } from "../../lib/render/wiring_tree.ts";
import type { HostView } from "../../lib/view/host_view.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { createWorld } from "../support/simulated.ts";

const GUESTS = 200;
const DEVICES = 4;
const QUEUES = 4;
/** What each look must stay under, milliseconds and bytes. */
const BAR = 2000;
const MEMORY_BAR = 200e6;

const LOOKS: Readonly<Record<string, (view: HostView) => Promise<string>>> = {
  "holders": async (view) => holdersText(await lookAtHolders(view, [], []), PLAIN).join("\n"),
  "holders 100": async (view) => holdersText(await lookAtHolders(view, [100], []), PLAIN).join("\n"),
  "list --summary --abi": async (view) => {
    const found: DomainPorts[] = [];
    for await (const each of summarizePorts(view, [], true)) if (!(each instanceof Error)) found.push(each);
    return summaryTable(found, 80, PLAIN, undefined).join("\n");
  },
  "list --all": async (view) => {
    const texts: string[] = [];
    for await (const each of listPorts(view, askedList(true, []))) {
      if (!(each instanceof Error)) texts.push(domainText(each, true, PLAIN));
    }
    return texts.join("\n");
  },
  "wiring": async (view) => [...wiringTree(await lookAtWiring(view, []), { palette: PLAIN })].join("\n"),
  "wiring --all": async (view) => [...wiringTree(await lookAtWiring(view, [], true), { palette: PLAIN })].join("\n"),
};

async function look(name: string): Promise<void> {
  const world = createWorld({ ports: 131_072 });
  for (let domain = 8; domain <= GUESTS; domain++) world.createDomain(domain);
  for (let domain = 1; domain <= GUESTS; domain++) {
    for (let i = 0; i < DEVICES; i++) {
      const made = await world.createDevice({ kind: i % 2 ? "vbd" : "vif", domain, backend: 0, queues: QUEUES });
      if (typeof made === "string") throw new Error(made);
    }
  }
  const view = new KernelView({ syscalls: world.process(0), abi: LINUX }, systemClock());
  const before = Deno.memoryUsage().rss;
  const start = performance.now();
  const { length } = await LOOKS[name](view);
  const milliseconds = Math.round(performance.now() - start);
  const { rss } = Deno.memoryUsage();
  await view.close();
  print(
    `${name.padEnd(21)} ${String(milliseconds).padStart(5)} ms, ${megabytes(rss)} MB in all, ${
      megabytes(rss - before)
    } MB ` +
      `of them the look's; ${length} characters`,
  );
  const barred = name.startsWith("holders") || name.includes("--summary");
  if (barred && (milliseconds > BAR || rss > MEMORY_BAR)) Deno.exitCode = 1;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

if (Deno.args.length > 0) await look(Deno.args[0]);
else {
  for (const name of Object.keys(LOOKS)) {
    const { code } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", import.meta.filename!, name] })
      .spawn().status;
    if (code !== 0) Deno.exitCode = 1;
  }
}
