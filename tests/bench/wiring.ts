/**
 * How long `wiring` takes on a big host: 200 guests with four devices each, on the simulator.
 *
 * @module
 */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";

const GUESTS = 200;
const RUNS = 9;

/** Milliseconds that were promised. */
const BAR = 1000;

/** A world begins with domains 0 to 7. */
const FIRST_NEW = 8;

const KINDS = ["vif", "vbd", "vkbd", "vfb"] as const;

const main = import.meta.resolve("../../main.ts").replace("file://", "");

/** The permissions of main.ts's own first line. */
const permissions = Deno.readTextFileSync(main).split("\n", 1)[0].split(" run ")[1].split(" ");

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** The median of times, in milliseconds. */
async function median(work: () => Promise<number>): Promise<number> {
  await work(); // fills the caches
  const times: number[] = [];
  while (times.length < RUNS) times.push(await work());
  return times.sort((a, b) => a - b)[RUNS >> 1];
}

/** The statements that build the host. */
function hostScript(): string {
  const domains = Array.from({ length: GUESTS }, (_, i) => i + 1);
  return domains.flatMap((domain) => [
    ...domain >= FIRST_NEW ? [`create ${domain}`] : [],
    ...KINDS.map((kind) => `device ${kind} ${domain}`),
  ]).join("\n") + "\n";
}

/** A process that builds the host, and with `wiring` shows it; its milliseconds. */
async function process(script: string): Promise<number> {
  const start = performance.now();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, main, "--simulator", "run", "-e", script],
    stdout: "piped",
  });
  const { code, stdout } = await command.output();
  const time = performance.now() - start;
  const told = new TextDecoder().decode(stdout);
  if (code !== 0 || script.includes("wiring") && !told.includes(SUMMARY)) {
    throw new Error(`it ended with ${code}: ${told}`);
  }
  return time;
}

/** A vif has two channels; each guest has a console and a store. */
const SUMMARY = `${GUESTS * (KINDS.length + 3)} channels, all ok`;

/** The command in this process, on a host that is there; its milliseconds. */
async function commandOnHost(): Promise<() => Promise<number>> {
  const kernel = await simulatedKernel("linux?ports=131072", 0);
  for (let domain = 1; domain <= GUESTS; domain++) {
    if (domain >= FIRST_NEW) kernel.world.createDomain(domain);
    for (const kind of KINDS) await kernel.world.createDevice({ kind, domain, backend: 0 });
  }
  let written = "";
  const nowhere = {
    terminal: false,
    writeSync: (text: string) => void (written += text),
    write: (text: string) => Promise.resolve(void (written += text)),
  };
  const host = { ...denoHost(), stdout: nowhere, kernel: () => Promise.resolve(kernel) };
  return async () => {
    written = "";
    const start = performance.now();
    const status = await runCommandLine(["--simulator", "wiring"], host, VERBS);
    const time = performance.now() - start;
    if (status !== 0 || !written.includes(SUMMARY)) throw new Error(`it ended with ${status}`);
    return time;
  };
}

if (import.meta.main) {
  print(
    `The wiring of ${GUESTS} guests with ${KINDS.length} devices each, median of ${RUNS} runs (aim: below ${BAR} ms):`,
  );
  const told = (name: string, time: number) => print(`  ${name.padEnd(60)}${time.toFixed(0).padStart(6)} ms`);
  told("evtchn wiring, on a host that is there", await median(await commandOnHost()));
  const script = hostScript();
  const without = await median(() => process(script));
  const both = await median(() => process(script + "wiring\n"));
  told("evtchn run: builds the host", without);
  told("evtchn run: builds the host and shows its wiring", both);
  told("  of which the wiring, loading it included", both - without);
}
