import { baseContent } from "./content.ts";
import { writeArchive } from "./cpio.ts";
import { exists } from "./host.ts";
import { takeKernel } from "./kernel.ts";
import { ensurePackages, xenRelease } from "./packages.ts";
import { step } from "./progress.ts";

/** What every boot starts from; it holds nothing of the project and changes seldom. */
export interface Base {
  /** The hypervisor, an ELF file that QEMU loads by itself. */
  xen: string;
  /** The Linux kernel of dom0 and of guests. */
  kernel: string;
  /** An archive with a small Linux, Xen's tools and Deno. */
  archive: string;
}

/** Gives the base, building it when these versions of its parts have not been built before. */
export async function ensureBase(): Promise<Base> {
  const versions = await ensurePackages();
  const folder = `${cacheFolder()}/${await key(versions)}`;
  if (!await exists(folder)) {
    await step("Building the base image", () => build(folder));
  }
  await removeLeftovers();
  return parts(folder);
}

/** Where the rig keeps what it builds, outside of the repository. */
export function cacheFolder(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "/root"}/.cache`;
  return `${home}/evtchn/xen-rig`;
}

function parts(folder: string): Base {
  return {
    xen: `${folder}/xen`,
    kernel: `${folder}/vmlinux`,
    archive: `${folder}/base.cpio`,
  };
}

/** A name for these versions of the parts and of the code that puts them together. */
async function key(versions: Map<string, string>): Promise<string> {
  const sources = ["base.ts", "content.ts", "cpio.ts", "kernel.ts", "libraries.ts", "packages.ts"];
  const texts = sources.map((name) => Deno.readTextFile(new URL(name, import.meta.url)));
  const all = JSON.stringify([[...versions].sort(), Deno.version.deno, ...await Promise.all(texts)]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(all));
  return new Uint8Array(hash).toHex().slice(0, 16);
}

/** Builds in a folder beside, so that a base is there whole or not at all. */
async function build(folder: string): Promise<void> {
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const work = await Deno.makeTempDir({ dir: cacheFolder(), prefix: "building-" });
  try {
    const base = parts(work);
    const modules = `${work}/modules`;
    await Deno.mkdir(modules);
    await takeKernel(`${work}/package`, { kernel: base.kernel, modules });
    await takeXen(base);
    using file = await Deno.create(base.archive);
    await writeArchive(file, baseContent(modules));
    await Deno.remove(modules, { recursive: true });
    await Deno.rename(work, folder);
  } catch (error) {
    await Deno.remove(work, { recursive: true });
    // Another run may have finished the same base in the meantime.
    if (!await exists(folder)) throw error;
  }
  await removeOtherBases(folder);
}

async function removeOtherBases(folder: string): Promise<void> {
  await removeWhere((name, path) => /^[0-9a-f]{16}$/.test(name) && path !== folder);
}

/** A run that was killed leaves its folder; after an hour it is nobody's. */
async function removeLeftovers(): Promise<void> {
  const hourAgo = Date.now() - 3_600_000;
  const isOld = (path: string) => (Deno.statSync(path).mtime?.getTime() ?? 0) < hourAgo;
  await removeWhere((name, path) => /^(run|building)-/.test(name) && isOld(path));
}

async function removeWhere(matches: (name: string, path: string) => boolean): Promise<void> {
  for (const { name } of [...Deno.readDirSync(cacheFolder())]) {
    const path = `${cacheFolder()}/${name}`;
    if (matches(name, path)) await Deno.remove(path, { recursive: true });
  }
}

async function takeXen(base: Base): Promise<void> {
  using packed = await Deno.open(`/boot/xen-${xenRelease}-amd64.gz`);
  using plain = await Deno.create(base.xen);
  const unpacked = packed.readable.pipeThrough(new DecompressionStream("gzip"));
  for await (const chunk of unpacked) {
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await plain.write(rest));
  }
}
