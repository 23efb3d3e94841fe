import type { Base } from "./base.ts";
import { type Entry, writeArchive } from "./cpio.ts";
import { root, run } from "./host.ts";
import { cachedPackages } from "./npm.ts";

/** What the machine does after its boot, and what it needs to know for that. */
export interface Job {
  /** `test`: the tests on the real device; `bench`: the benchmarks; `fuzz`: scripts at random; `shell`: a prompt. */
  mode: "test" | "bench" | "fuzz" | "shell";
  /** Variables for the script that runs there. */
  variables?: Record<string, string>;
  /** For `shell`: what to run there in place of a prompt. */
  script?: Uint8Array;
  /** Programs built on this host, name to path, for /usr/local/bin. */
  programs?: Record<string, string>;
}

/** Writes the whole first file system of a boot: the base, then the project as it is now. */
export async function writeImage(path: string, base: Base, job: Job): Promise<void> {
  await Deno.copyFile(base.archive, path);
  await Deno.chmod(path, 0o600);
  using file = await Deno.open(path, { append: true });
  await writeArchive(file, content(base, job));
}

async function* content(base: Base, job: Job): AsyncGenerator<Entry> {
  yield await file("init", `${root}/tests/xen/init`, true);
  yield await file("usr/local/bin/evtchn", `${root}/tests/xen/evtchn`, true);
  yield await file("usr/local/bin/guest", `${root}/tests/xen/guest/start`, true);
  for (const script of ["block", "vif-bridge"]) {
    yield await file(`etc/xen/scripts/${script}`, `${root}/tests/xen/guest/hotplug`, true);
  }
  yield { kind: "file", path: "rig/job", data: new TextEncoder().encode(shellVariables(job)) };
  if (job.script) yield { kind: "file", path: "rig/script", data: job.script };
  for (const [name, path] of Object.entries(job.programs ?? {})) {
    yield await file(`usr/local/bin/${name}`, path, true);
  }
  yield* tree(root, "evtchn");
  if (job.variables?.FILTER?.includes("package")) yield* debianPackage();
  yield* cachedPackages(`${root}/deno.lock`, "deno");
  yield await file("rig/guest/vmlinux", base.kernel);
}

/** What the .deb installs, built now: only for tests that name it, since it makes the image larger by 100 MB. */
async function* debianPackage(): AsyncGenerator<Entry> {
  await run(Deno.execPath(), ["task", "package", "--arch", "amd64", "--only", "deb"], { cwd: root });
  const folder = await Deno.makeTempDir();
  try {
    const [archive] = [...Deno.readDirSync(`${root}/dist`)].filter(({ name }) => name.endsWith(".deb"));
    await run("dpkg-deb", ["--extract", `${root}/dist/${archive.name}`, folder]);
    yield* tree(`${folder}/usr`, "usr");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file of a folder; hidden ones, installed packages and built ones are no part of the project. */
export async function* tree(from: string, to: string): AsyncGenerator<Entry> {
  for await (const entry of Deno.readDir(from)) {
    if (entry.name.startsWith(".") || ["node_modules", "dist"].includes(entry.name)) continue;
    const source = `${from}/${entry.name}`;
    const path = `${to}/${entry.name}`;
    if (entry.isDirectory) yield* tree(source, path);
    else if (entry.isFile) yield await file(path, source, isExecutable(source));
  }
}

async function file(path: string, source: string, executable = false): Promise<Entry> {
  return { kind: "file", path, data: await Deno.readFile(source), executable };
}

function isExecutable(path: string): boolean {
  return ((Deno.statSync(path).mode ?? 0) & 0o100) !== 0;
}

function shellVariables(job: Job): string {
  const all = { MODE: job.mode, ...job.variables };
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return Object.entries(all).map(([name, value]) => `${name}=${quote(value)}\n`).join("");
}
