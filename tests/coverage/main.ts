/** `deno task coverage`. The exit status is 1 if a test fails or a file is below its bar. @module */

import { parseLcov } from "./lcov.ts";
import { reportOf } from "./report.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Milliseconds for each step: an endless test fails. */
const TIMEOUT = 600_000;

/** Runs Deno in the project. Shows its output, or returns its stdout if `keep` is set. */
async function deno(args: readonly string[], keep = false): Promise<{ success: boolean; stdout: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    signal: AbortSignal.timeout(TIMEOUT),
    stdout: keep ? "piped" : "inherit",
    stderr: keep ? "null" : "inherit",
  });
  if (!keep) return { success: (await command.spawn().status).success, stdout: "" };
  const { success, stdout } = await command.output();
  return { success, stdout: new TextDecoder().decode(stdout) };
}

async function main(folder: string): Promise<number> {
  const suite = "-A --quiet --sanitize-ops --sanitize-resources --parallel --reporter=dot --ignore=tests/xen".split(
    " ",
  );
  const tests = await deno(["test", ...suite, `--coverage=${folder}`, "--coverage-raw-data-only"]);
  await deno(["run", "-A", `--coverage=${folder}`, "tests/coverage/load.ts"], true);
  const root = ROOT.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const { success, stdout } = await deno(["coverage", folder, "--lcov", `--include=^file://${root}(lib|ffi)/`], true);
  if (!success) throw new Error("Cannot read the coverage of the tests");
  const files = parseLcov(stdout).map((file) => ({ ...file, path: file.path.slice(ROOT.length) }));
  const { text, holds } = reportOf(files);
  await Deno.stdout.write(new TextEncoder().encode(text + "\n"));
  return holds && tests.success ? 0 : 1;
}

const folder = await Deno.makeTempDir({ prefix: "evtchn-coverage-" });
try {
  Deno.exitCode = await main(folder);
} finally {
  await Deno.remove(folder, { recursive: true });
}
