/**
 * A prompt in dom0 of an emulated Xen host, to try things by hand. An input
 * that is no terminal is a script, which dom0's shell runs instead.
 *
 * @module
 */
import { type Job, type Machine, main, withMachine } from "./rig/mod.ts";

/** What dom0 has to know of the terminal here. */
function terminal(): Record<string, string> {
  const TERMINAL = Deno.env.get("TERM") ?? "linux";
  try {
    const { rows, columns } = Deno.consoleSize();
    return { TERMINAL, ROWS: `${rows}`, COLUMNS: `${columns}` };
  } catch {
    return { TERMINAL, ROWS: "24", COLUMNS: "80" };
  }
}

/** Hands what is typed here to dom0, as long as both are there. */
async function forwardKeys(machine: Machine): Promise<void> {
  for await (const bytes of Deno.stdin.readable) await machine.send(bytes);
}

function show(bytes: Uint8Array): void {
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}

/** Shows what dom0's shell prints until it ends; gives its exit status. */
async function follow(machine: Machine): Promise<number> {
  for await (const bytes of machine.port.readUntil("@rig exit ")) show(bytes);
  if (machine.wasStopped) throw await machine.brokenOff();
  // `poweroff` ends the machine without a word, which is as good as `exit`.
  const last = await machine.port.readLine();
  return last === undefined ? 0 : Number(last.slice("@rig exit ".length));
}

/** Runs stty on the terminal here; Deno's own raw mode still translates what is printed. */
async function stty(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("stty", { args, stdin: "inherit" }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function converse(machine: Machine): Promise<number> {
  const before = await stty("-g");
  await stty("raw", "-echo");
  try {
    forwardKeys(machine).catch(() => undefined);
    return await follow(machine);
  } finally {
    await stty(before);
  }
}

await main(async () => {
  if (Deno.stdin.isTerminal()) {
    return await withMachine({ mode: "shell", variables: terminal() }, converse);
  }
  const script = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  const job: Job = { mode: "shell", script };
  return await withMachine(job, follow);
});
