/**
 * How long a look at a whole host takes on the simulator.
 *
 * Prints the milliseconds of listing 131,072 ports, through the same system calls as on a device: a full table, and
 * one whose last port alone is bound; then of the whole command, its output included.
 *
 * @module
 */

import { recordLine } from "../../lib/render/json.ts";
import { LINUX } from "../../ffi/abi.ts";
import { systemClock } from "../../lib/clock.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { askedList, listPorts } from "../../lib/inspect/list.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { domainText, portRecords } from "../../lib/render/list.ts";
import { createWorld } from "../support/simulated.ts";

const PORTS = 131_072;
const REPEATS = 5;
/** What the tables must stay under, milliseconds. */
const BAR = 2000;

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** A process of domain 0 whose table is full, or is but for its last port empty. */
function host(dense: boolean) {
  const kernel = { syscalls: createWorld({ ports: PORTS }).process(0), abi: LINUX };
  const device = LocalDevice.open(LINUX.devicePath, kernel);
  const ports: number[] = [];
  while (ports.at(-1) !== PORTS - 1) ports.push(device.allocUnbound(5));
  if (!dense) { for (const port of ports.slice(0, -1)) device.unbind(port); }
  return kernel;
}

async function measure(dense: boolean): Promise<void> {
  const view = new KernelView(host(dense), systemClock());
  const time = async (work: () => unknown) => {
    const times: number[] = [];
    for (let i = 0; i < REPEATS; i++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    const [first, ...rest] = times.map(Math.round);
    return { first, text: `${String(first).padStart(5)} ms the first time, then ${Math.min(...rest)} ms` };
  };
  const table = await time(() => view.tables().table(0));
  const list = (render: (list: Parameters<typeof portRecords>[0]) => string) => async () => {
    for await (const each of listPorts(view, askedList(false, [0]))) if (!(each instanceof Error)) render(each);
  };
  const human = await time(list((each) => domainText(each, false, PLAIN)));
  const json = await time(list((each) => portRecords(each).map(recordLine).join("")));
  await view.close();
  const name = dense ? "every port bound" : "the last port bound";
  print(`${PORTS} ports, ${name}: table ${table.text}`);
  print(`  with names, as a table:   ${human.text}`);
  print(`  with names, as records:   ${json.text}`);
  const slowest = Math.max(table.first, human.first, json.first);
  if (slowest > BAR) {
    print(`too slow: ${slowest} ms, where ${BAR} ms are the bar`);
    Deno.exitCode = 1;
  }
}

for (const dense of [true, false]) await measure(dense);
