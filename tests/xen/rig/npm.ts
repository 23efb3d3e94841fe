import type { Entry } from "./cpio.ts";
import { attempt, exists, root, run } from "./host.ts";

/**
 * The npm packages that deno.lock names, from Deno's cache, as entries below
 * `to`: there is no network in the rig. Nothing at all while there is no lock.
 */
export async function* cachedPackages(lock: string, to: string): AsyncGenerator<Entry> {
  const names = await lockedPackages(lock);
  if (names.length === 0) return;
  const cache = await npmCache();
  for (let tried = false;; tried = true) {
    const folders = await packageFolders(cache, names);
    if (folders === undefined && !tried) await run(Deno.execPath(), ["install"], { cwd: root });
    else if (folders === undefined) throw new Error(`${cache} lacks packages of deno.lock`);
    else return yield* contents(cache, folders, `${to}/npm`);
  }
}

async function lockedPackages(lock: string): Promise<[name: string, version: string][]> {
  if (!await exists(lock)) return [];
  const { npm = {} } = JSON.parse(await Deno.readTextFile(lock));
  return Object.keys(npm).map((id) => {
    const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(id) ?? [];
    return [name, version];
  });
}

async function npmCache(): Promise<string> {
  const { stdout } = await attempt(Deno.execPath(), ["info", "--json"], { cwd: root });
  return JSON.parse(stdout).npmCache;
}

/** The folders of these packages below the cache, or nothing when one is missing. */
async function packageFolders(
  cache: string,
  packages: [name: string, version: string][],
): Promise<string[] | undefined> {
  if (!await exists(cache)) return undefined;
  // The cache has one folder for each registry; which one serves is not our business.
  const registries = [...Deno.readDirSync(cache)].filter((entry) => entry.isDirectory);
  const folders = [];
  for (const [name, version] of packages) {
    const places = registries.map((registry) => `${registry.name}/${name}`);
    const present = await Promise.all(places.map((place) => exists(`${cache}/${place}/${version}`)));
    const place = places[present.indexOf(true)];
    if (place === undefined) return undefined;
    folders.push(`${place}/${version}`, `${place}/registry.json`);
  }
  return folders;
}

async function* contents(cache: string, paths: string[], to: string): AsyncGenerator<Entry> {
  for (const path of paths) {
    if (!await exists(`${cache}/${path}`)) continue;
    const { isDirectory } = await Deno.stat(`${cache}/${path}`);
    if (isDirectory) {
      const names = [...Deno.readDirSync(`${cache}/${path}`)].map(({ name }) => `${path}/${name}`);
      yield* contents(cache, names, to);
    } else {
      yield { kind: "file", path: `${to}/${path}`, data: await Deno.readFile(`${cache}/${path}`) };
    }
  }
}
