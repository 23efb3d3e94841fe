/**
 * `deno task coverage`: how much of lib/ and ffi/ the quick suite covers.
 *
 * Ends with 1 when a test fails or a bar does not hold.
 *
 * @module
 */

import { parseLcov } from "./lcov.ts";
import { REASONS } from "./reasons.ts";
import { gapsOf, reportOf, staleReasons } from "./report.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How long, milliseconds, each step may take: a test that turns in circles is ended, and counts as failed. */
const TOO_LONG = 600_000;

/** Runs Deno on the project; what it says on stderr, and on stdout unless that is wanted, is shown. */
async function deno(args: readonly string[], keep = false): Promise<{ success: boolean; stdout: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    signal: AbortSignal.timeout(TOO_LONG),
    stdout: keep ? "piped" : "inherit",
    stderr: keep ? "null" : "inherit",
  });
  if (!keep) return { success: (await command.spawn().status).success, stdout: "" };
  const { success, stdout } = await command.output();
  return { success, stdout: new TextDecoder().decode(stdout) };
}

/** Runs the suite and makes the report. Returns the exit status. */
async function main(folder: string): Promise<number> {
  const suite = "-A --quiet --sanitize-ops --sanitize-resources --parallel --reporter=dot --ignore=tests/xen".split(
    " ",
  );
  const tests = await deno(["test", ...suite, `--coverage=${folder}`, "--coverage-raw-data-only"]);
  await deno(["run", "-A", `--coverage=${folder}`, "tests/coverage/load.ts"], true);
  const root = ROOT.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const { success, stdout } = await deno(["coverage", folder, "--lcov", `--include=^file://${root}(lib|ffi)/`], true);
  if (!success) throw new Error("Cannot read the coverage that the tests left");
  const files = parseLcov(stdout).map((file) => ({ ...file, path: file.path.slice(ROOT.length) }));
  const gaps = gapsOf(files, (path) => Deno.readTextFileSync(ROOT + path), REASONS);
  const { text, holds } = reportOf(files, gaps, staleReasons(REASONS, gaps));
  await Deno.stdout.write(new TextEncoder().encode(text + "\n"));
  return holds && tests.success ? 0 : 1;
}

const folder = await Deno.makeTempDir({ prefix: "evtchn-coverage-" });
try {
  Deno.exitCode = await main(folder);
} finally {
  await Deno.remove(folder, { recursive: true });
}
