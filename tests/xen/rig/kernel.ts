import { RigError } from "./error.ts";
import { attempt, locate, run } from "./host.ts";

/** Where the kernel keeps the modules that dom0 and guests load: the nodes in /dev/xen, and devices between domains. */
const folders: Readonly<Record<string, readonly string[]>> = {
  "xen": ["xen-evtchn", "xen-privcmd", "xen-gntdev"],
  "xen/xenfs": ["xenfs"],
  "net": ["xen-netfront"],
  "net/xen-netback": ["xen-netback"],
  "block": ["xen-blkfront", "brd"],
  "block/xen-blkback": ["xen-blkback"],
};

/** Their names. None of them needs another one. */
export const moduleNames: readonly string[] = Object.values(folders).flat();

/**
 * Takes Debian's kernel and its modules for Xen out of their package, which
 * is downloaded and not installed. `folder` is for the package, and is gone afterwards.
 */
export async function takeKernel(
  folder: string,
  target: { kernel: string; modules: string },
): Promise<void> {
  await Deno.mkdir(folder);
  const version = await unpackPackage(folder);
  await writePlainKernel(await Deno.readFile(`${folder}/boot/vmlinuz-${version}`), target.kernel);
  for (const [place, names] of Object.entries(folders)) {
    for (const name of names) {
      const path = `lib/modules/${version}/kernel/drivers/${place}/${name}.ko`;
      const file = await locate(`${folder}/${path}`, `${folder}/usr/${path}`);
      await Deno.copyFile(file, `${target.modules}/${name}.ko`);
    }
  }
  await Deno.remove(folder, { recursive: true });
}

async function unpackPackage(folder: string): Promise<string> {
  const name = await newestPackage() ?? await afterUpdate();
  await run("apt-get", ["-q", "download", `linux-image-${name}`], { cwd: folder });
  const file = [...Deno.readDirSync(folder)].find((entry) => entry.name.endsWith(".deb"));
  if (file === undefined) throw new RigError(`apt-get download left no package of ${name}`);
  await run("dpkg", ["-x", file.name, "."], { cwd: folder });
  return name;
}

/** The version of the kernel that linux-image-amd64 stands for, if apt knows. */
async function newestPackage(): Promise<string | undefined> {
  const { stdout } = await attempt("apt-cache", ["depends", "linux-image-amd64"]);
  return /Depends: linux-image-(\S+-amd64)/.exec(stdout)?.[1];
}

async function afterUpdate(): Promise<string> {
  if (Deno.uid() === 0) await run("apt-get", ["update"]);
  const name = await newestPackage();
  if (name !== undefined) return name;
  throw new RigError("apt knows no linux-image-amd64. As root, run:\n  apt-get update");
}

/**
 * Writes the ELF file inside a bzImage. Under emulation Xen would need several
 * seconds to unpack it at every boot; here that is done once.
 */
async function writePlainKernel(image: Uint8Array<ArrayBuffer>, path: string): Promise<void> {
  // Offsets are those of Linux's boot protocol: setup_sects, payload_offset, payload_length.
  const header = new DataView(image.buffer, image.byteOffset);
  const start = (header.getUint8(0x1f1) + 1) * 512 + header.getUint32(0x248, true);
  const payload = image.subarray(start, start + header.getUint32(0x24c, true));
  const isXz = new TextDecoder().decode(payload.subarray(1, 5)) === "7zXZ";
  if (!isXz) return await Deno.writeFile(path, image); // Xen unpacks other formats itself.
  const packed = `${path}.xz`;
  // The last four bytes are the length of the plain kernel, no part of the xz file.
  await Deno.writeFile(packed, payload.subarray(0, -4));
  await run("xz", ["-d", packed]);
}
