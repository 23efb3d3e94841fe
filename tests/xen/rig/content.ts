import type { Entry } from "./cpio.ts";
import { locate, run } from "./host.ts";
import { moduleNames } from "./kernel.ts";
import { librariesOf } from "./libraries.ts";
import { xenRelease } from "./packages.ts";

const tools = [
  "xl",
  "xenstored",
  "xen-init-dom0",
  "xenconsoled",
  "xenconsole",
  "lsevtchn",
  "dash",
  "bash",
  "xenstore-ls",
  "xenstore-list",
  "xenstore-read",
  "xenstore-write",
  "xenstore-rm",
  "xenstore-chmod",
  "xenstore-exists",
  "xenstore-watch",
];

const folders = [
  ...["proc", "sys", "dev", "tmp", "run", "root"],
  ...["var/lib/xen", "var/lib/xenstored", "var/log/xen/console"],
];

/** Dom0's file system without the project: a small Linux, Xen's tools and Deno. */
export async function* baseContent(modules: string): AsyncGenerator<Entry> {
  for (const path of folders) yield { kind: "folder", path };
  yield { kind: "link", path: "var/run", target: "../run" };
  yield { kind: "link", path: "var/lock", target: "../run/lock" };
  // Where xl looks for it.
  yield { kind: "link", path: `usr/lib/xen-${xenRelease}/bin/xenconsole`, target: "/usr/local/bin/xenconsole" };
  yield* smallLinux(modules);
  const programs = new Map([["usr/local/bin/deno", await Deno.realPath(Deno.execPath())]]);
  const places = [`/usr/lib/xen-${xenRelease}/bin`, "/usr/bin", "/usr/sbin", "/bin"];
  for (const name of tools) {
    const path = await locate(...places.map((folder) => `${folder}/${name}`));
    programs.set(`usr/local/bin/${name}`, path);
  }
  for (const [path, file] of programs) yield await program(path, file);
  for (const path of await librariesOf([...programs.values()])) {
    yield await program(path.slice(1), path);
  }
}

/** A shell with its small tools, and the kernel modules that Xen wants. */
async function* smallLinux(modules: string): AsyncGenerator<Entry> {
  const busybox = await locate("/bin/busybox", "/usr/bin/busybox");
  yield await program("bin/busybox", busybox);
  for (const path of (await run(busybox, ["--list-full"])).split("\n")) {
    if (path && path !== "bin/busybox") yield { kind: "link", path, target: "/bin/busybox" };
  }
  for (const name of moduleNames) {
    yield { kind: "file", path: `lib/modules/${name}.ko`, data: await Deno.readFile(`${modules}/${name}.ko`) };
  }
}

async function program(path: string, file: string): Promise<Entry> {
  return { kind: "file", path, data: await Deno.readFile(file), executable: true };
}
