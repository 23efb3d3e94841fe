/**
 * `deno task package`: writes every package into dist/, the same bytes each time from the same commit.
 *
 * `--arch amd64` builds for one architecture, `--only deb,npm` some of the kinds.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { ARCHITECTURES, DIST, release, run } from "./build.ts";
import { bundleFile } from "./bundle.ts";
import { buildDeb } from "./debian.ts";
import { denoBinary } from "./deno_binary.ts";
import { buildNpm } from "./npm.ts";
import { buildRpm } from "./rpm.ts";
import { buildTarball } from "./tarball.ts";

const { arch, only } = parseArgs(Deno.args, { string: ["arch", "only"] }) as Record<string, string | undefined>;
const wanted = (kind: string) => only === undefined || only.split(",").includes(kind);

await Deno.mkdir(DIST, { recursive: true });
for await (const { name } of Deno.readDir(DIST)) {
  if (name !== "cache") await Deno.remove(`${DIST}/${name}`, { recursive: true });
}
const about = await release();
const built: string[] = [];
if (wanted("js")) {
  await bundleFile(`${DIST}/evtchn.js`);
  built.push(`${DIST}/evtchn.js`);
}
if (wanted("npm")) built.push(await buildNpm(about));
for (const architecture of ARCHITECTURES.filter(({ name }) => arch === undefined || arch === name)) {
  const deno = await denoBinary(architecture);
  if (wanted("deb")) built.push(await buildDeb(about, architecture, deno));
  if (wanted("rpm")) built.push(await buildRpm(about, architecture, deno));
  if (wanted("tar")) built.push(await buildTarball(about, architecture, deno));
}
await Deno.remove(`${DIST}/stage`, { recursive: true });
const names = built.map((path) => path.slice(DIST.length + 1)).sort();
const sums = await run("sha256sum", names, { cwd: DIST });
await Deno.writeTextFile(`${DIST}/SHA256SUMS`, sums + "\n");
Deno.stdout.writeSync(new TextEncoder().encode(sums + "\n"));
