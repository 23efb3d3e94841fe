/**
 * Scripts as a user runs them, in a simulated world of their own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { World } from "../../lib/sim/world.ts";
import { type Outcome, TestHost } from "./test_host.ts";

/** When the clock of a simulated script starts, as records have it. */
export const START = "2026-01-01T00:00:00.000000Z";

/** Runs a script from standard input, in the world that `-d` among the words names. */
export async function script(text: string, ...words: string[]): Promise<Outcome> {
  const host = new TestHost();
  host.files["-"] = text;
  const where = words.includes("-d") ? [] : ["--simulator"];
  const outcome = await host.run([...where, "run", "-", ...words]);
  assertEquals(host.listening, 0);
  const changed = /\b(create|destroy|device)\b/.test(text); // a domain or device that comes has ports of its own
  if (!changed) assertEquals(host.scripted.flatMap(userPorts), [], "ports that a script left bound");
  return outcome;
}

/** Runs a script that has to go well and gives the lines that it prints. */
export async function lines(text: string, ...words: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await script(text, ...words);
  assertEquals({ status, stderr }, { status: 0, stderr: "" }, text);
  return stdout.split("\n").slice(0, -1);
}

/** The result of each statement of a script that goes on after failures. */
export async function results(text: string, ...words: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr } = await script(text, "--json", "-k", ...words);
  assertEquals(stderr, "");
  return stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** How a statement that fails is told, without its hint. The script ends with `wanted`. */
export async function failure(text: string, wanted = 1): Promise<string> {
  const { status, stderr } = await script(text);
  assertEquals(status, wanted, stderr);
  return stderr.split("\n")[0].replace("evtchn: run: -:", "");
}

/** What is wrong with a script that does not run, a line each, without hints. */
export async function faults(text: string): Promise<string[]> {
  const { status, stdout, stderr } = await script(text);
  assertEquals([status, stdout], [2, ""], text);
  return stderr.split("\n").filter((line) => line.startsWith("evtchn: ")).map((line) =>
    line.replace("evtchn: run: -:", "")
  );
}

/** Ports that a handle of a domain's has: the ones that stay after boot are the kernel's and the daemons'. */
function userPorts(world: World): string[] {
  const { hypervisor } = world;
  const bound: string[] = [];
  for (const domid of hypervisor.domids) {
    const domain = hypervisor.domain(domid)!;
    const first = domid === 0 ? 27 : 9;
    for (let port = first; port < domain.tableSize; port++) {
      const { state, atBoot } = domain.channel(port)!;
      if (state !== "free" && !atBoot) bound.push(`${domid}:${port} ${state}`);
    }
  }
  return bound;
}
