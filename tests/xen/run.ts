/**
 * Runs the tests that need the real device in dom0 of an emulated Xen host:
 * every `tests/xen/*_test.ts`. Results go to standard output as they come.
 *
 * @module
 */
import { main, print, RigError, withMachine } from "./rig/mod.ts";
import { step } from "./rig/progress.ts";
import { TapReader, type TestResult } from "./rig/tap.ts";

const usage = "usage: run.ts [--filter TEXT] [--timeout SECONDS]";

function options(args: string[]): { filter?: string; timeout: number } {
  const result: { filter?: string; timeout: number } = { timeout: 3_600_000 };
  for (let rest = args.flatMap((arg) => arg.split(/(?<=^--\w+)=/)); rest.length > 0;) {
    const [name, value, ...more] = rest;
    if (value === undefined) throw new RigError(usage);
    if (name === "--filter") result.filter = value;
    else if (name === "--timeout" && Number(value) > 0) result.timeout = Number(value) * 1000;
    else throw new RigError(usage);
    rest = more;
  }
  return result;
}

function report({ name, outcome, milliseconds, failure }: TestResult): void {
  print(outcome === "ok" ? `ok ${name} (${milliseconds} ms)` : `${outcome} ${name}`);
  if (failure) print(failure.trimEnd().replace(/^/gm, "  "));
}

/** Reads results until the stream ends; gives how many passed, failed, and the last word. */
async function follow(lines: AsyncGenerator<string>) {
  const reader = new TapReader();
  const counts = { ok: 0, FAILED: 0, ignored: 0 };
  let status = NaN;
  for await (const line of lines) {
    if (line.startsWith("@rig exit ")) {
      status = Number(line.slice("@rig exit ".length));
      break;
    }
    const result = reader.read(line);
    if (typeof result === "string") print(result);
    else if (result) counts[result.outcome]++, report(result);
  }
  return { ...counts, status };
}

await main(async () => {
  const { filter, timeout } = options(Deno.args);
  const variables: Record<string, string> = filter === undefined ? {} : { FILTER: filter };
  const result = await withMachine(
    { mode: "test", variables },
    (machine) => step("Running the tests in dom0", () => follow(machine.lines()), { prints: true }),
    { timeout },
  );
  print(`${result.ok} passed, ${result.FAILED} failed`);
  return result.ok > 0 && result.FAILED === 0 && result.status === 0 ? 0 : 1;
});
