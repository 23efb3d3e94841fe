/**
 * A guest that writes to the real xenstored what it likes: how much it can write, and what dom0 then sees.
 *
 * The guest starts in the first of these tests that runs; the last one destroys it, with all that it wrote.
 */
import { assert, assertEquals } from "@std/assert";
import type { PortRecord, WiredChannelRecord } from "../../lib/records.ts";
import { ANSWERS, QUOTA_OF_NODES, QUOTA_OF_WATCHES, type QUOTAS } from "../support/store_quotas.ts";
import { dom0, type Guest, guestTests } from "./guest.ts";
import type { HOSTILITIES } from "./hostilities.ts";
import { records, shellOnDevice } from "./lsevtchn.ts";

const test = guestTests("hostile guest");

type Work = typeof QUOTAS & typeof HOSTILITIES;
type Answers<N extends keyof Work> = { [name in N]: Awaited<ReturnType<Work[name]>> };

/** Has the guest do what it is asked by name, and gives its answers. */
async function ask<N extends keyof Work>(guest: Guest, ...names: readonly N[]): Promise<Answers<N>> {
  const command = `deno run -A --cached-only --no-check /evtchn/tests/xen/guest/store.ts ${names.join(" ")}`;
  const { status, stdout, stderr } = await guest.run(command);
  assertEquals([status, stderr], [0, ""]);
  return JSON.parse(stdout);
}

/** Puts a line among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(line: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", line + "\n", { append: true });
}

/** How many nodes a domain owns. */
async function owned({ domid }: Guest): Promise<number> {
  const lines = (await dom0("xenstore-ls", "-f", "-p", "/")).split("\n");
  return lines.filter((line) => new RegExp(` \\(n${domid}(,\\w+)*\\)$`).test(line)).length;
}

test("xenstored's quota of nodes counts those that the toolstack made for it, as the simulator has it", async (guest) => {
  const node = `/local/domain/${guest.domid}/data/by-dom0`;
  const before = await owned(guest);
  const { fill: { made, ...full } } = await ask(guest, "fill");
  assertEquals([before + made, await owned(guest), full], [QUOTA_OF_NODES, QUOTA_OF_NODES, ANSWERS.fill]);
  await dom0("xenstore-write", node, "");
  assertEquals(await owned(guest), QUOTA_OF_NODES + 1);
  const { drain } = await ask(guest, "drain");
  await dom0("xenstore-rm", node);
  assertEquals([drain, await owned(guest)], [ANSWERS.drain, before]);
});

test("xenstored's quotas of sizes, watches and paths are the simulator's", async (guest) => {
  const { sizes, paths, watches: { count, ...watches }, permits } = await ask(
    guest,
    "sizes",
    "paths",
    "watches",
    "permits",
  );
  assertEquals({ sizes, paths, watches }, { sizes: ANSWERS.sizes, paths: ANSWERS.paths, watches: ANSWERS.watches });
  tell(`${count} watches are left beside those of the guest's kernel`);
  assert(count < QUOTA_OF_WATCHES && count > QUOTA_OF_WATCHES - 20, String(count));
  assertEquals(permits, ["ok", "ok", "ENOSPC"]);
});

/** What a command prints in dom0, in this process; its status, bytes and time are among the results. */
async function look(words: string): Promise<{ status: number; output: string }> {
  await using shell = await shellOnDevice();
  const start = performance.now();
  const { status, output } = await shell.run(`evtchn ${words}`);
  const bytes = new TextEncoder().encode(output).length;
  tell(`evtchn ${words}: status ${status}, ${bytes} bytes, ${(performance.now() - start).toFixed()} ms`);
  // deno-lint-ignore no-control-regex
  assert(!/\p{Cf}|(?!\n)[\0-\x1f\x7f-\x9f]/u.test(output), output);
  assert(!/^evtchn: /m.test(output), output);
  return { status, output };
}

/** The records of `list --json` of a domain. */
const listed = async (domain: number) => records((await look(`list ${domain} --json`)).output);

/** The rows of domain 0 that have nothing to do with a guest. */
const elsewhere = (rows: readonly PortRecord[], { domid }: Guest) =>
  rows.filter(({ remote_domain, status }) => status === "interdomain" && remote_domain !== domid);

const channels = (output: string): WiredChannelRecord[] => output.trimEnd().split("\n").map((line) => JSON.parse(line));

test("its quota full of claims to its console's port, each is shared, and list names the console", async (guest) => {
  const before = elsewhere(await listed(0), guest);
  const { claims: { port, claims: [ofVif, ofVbd] } } = await ask(guest, "claims");
  const claims = ofVif[0] + ofVbd[0];
  tell(`${claims} claims to port ${port}`);
  assertEquals([ofVif[1], ofVbd[1], claims > 500], ["ENOSPC", "ENOSPC", true]);

  const { status, output } = await look(`wiring ${guest.domid} --no-bits --json`);
  const shared = channels(output).filter((each) => each.port === port);
  assertEquals([status, shared.length], [3, claims + 1]);
  assertEquals(new Set(shared.map(({ verdict }) => verdict)), new Set(["shared"]));
  const fine = channels(output).filter((each) => each.port !== undefined && each.port !== port);
  assertEquals([fine.length, new Set(fine.map(({ verdict }) => verdict))], [7, new Set(["ok"])]);
  assert(output.length < 600 * claims, String(output.length));

  const forms = ["wiring", "wiring --format dot", "wiring --format mermaid", `list ${guest.domid}`, "list 0"];
  const answers = await Array.fromAsync(forms, look);
  const rows = answers.map(({ output }) => output.length);
  assert(rows[0] < 500 * claims && rows.slice(1, 3).every((bytes) => bytes < 40_000), String(rows));
  const row = new RegExp(`^ *${port} .* port \\d+ +console, vif/0 q\\d+, vbd/51712 \\(xvda\\) q\\d+$`, "m");
  assert(row.test(answers[3].output), answers[3].output);
  assertEquals(elsewhere(await listed(0), guest), before);
  await ask(guest, "unclaim");
});

test("its disk names the network card's backend, and its state is no state: both are told of, and nothing is forged", async (guest) => {
  const before = elsewhere(await listed(0), guest);
  const { lies, trespasses } = await ask(guest, "lies", "trespasses");
  assertEquals([lies, trespasses], [["ok", "ok"], ["EACCES"]]);
  const { status, output } = await look(`wiring ${guest.domid} --no-bits --json`);
  const verdicts = (
    device: string,
  ) => [...new Set(channels(output).filter((each) => each.device === device).map(({ verdict }) => verdict))];
  assertEquals([status, verdicts("vbd/51712"), verdicts("vif/0"), verdicts("console"), verdicts("store")], [
    3,
    ["elsewhere"],
    ["waiting"],
    ["ok"],
    ["ok"],
  ]);
  const tree = await look(`wiring ${guest.domid} --no-bits`);
  const path = `/local/domain/${guest.domid}/device/vif/0`;
  assert(tree.output.replaceAll(/\n[ │]*/g, " ").includes(`whose frontend is "${path}"`), tree.output);
  assert(tree.output.length < 4000 && output.length < 6000, tree.output);
  await look("wiring --format dot");
  await look(`list ${guest.domid}`);
  assertEquals(elsewhere(await listed(0), guest), before);
});

test("why in dom0 tells what a hostile guest's port is", async (guest) => {
  const port = Number(await dom0("xenstore-read", `/local/domain/${guest.domid}/console/port`));
  const { status, output } = await look(`why ${guest.domid}:${port}`);
  assertEquals([status, output.split("\n")[0].includes("is taken: it is bound to port")], [3, true], output);
  await guest.destroy();
});
