/** One entry of an archive: a folder, a symbolic link, or a file with its bytes. */
export type Entry =
  | { kind: "folder"; path: string }
  | { kind: "link"; path: string; target: string }
  | { kind: "file"; path: string; data: Uint8Array; executable?: boolean };

const encoder = new TextEncoder();

/**
 * Writes an archive in cpio's "newc" format, the one the Linux kernel unpacks
 * as its first file system. Folders on the way to an entry are made as needed.
 * The kernel takes several such archives one behind the other, the later ones
 * replacing files of the earlier: that is how the project joins the base.
 */
export async function writeArchive(
  file: Deno.FsFile,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
): Promise<void> {
  const made = new Set<string>();
  let inode = 0;
  const put = async (entry: Entry) => {
    for (const chunk of encode(entry, ++inode)) await writeAll(file, chunk);
  };
  for await (const entry of entries) {
    for (const path of parents(entry.path)) {
      if (made.has(path)) continue;
      made.add(path);
      await put({ kind: "folder", path });
    }
    if (entry.kind !== "folder" || !made.has(entry.path)) await put(entry);
    if (entry.kind === "folder") made.add(entry.path);
  }
  await put({ kind: "file", path: "TRAILER!!!", data: new Uint8Array() });
}

function parents(path: string): string[] {
  const names = path.split("/");
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join("/"));
}

function encode(entry: Entry, inode: number): Uint8Array[] {
  const name = encoder.encode(`${entry.path}\0`);
  const data = content(entry);
  const links = entry.kind === "folder" ? 2 : 1;
  const fields = [inode, mode(entry), 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const hex = fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const header = encoder.encode(`070701${hex}`);
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

function content(entry: Entry): Uint8Array {
  if (entry.kind === "file") return entry.data;
  return entry.kind === "link" ? encoder.encode(entry.target) : new Uint8Array();
}

function mode(entry: Entry): number {
  if (entry.kind === "folder") return 0o040755;
  if (entry.kind === "link") return 0o120777;
  return entry.executable ? 0o100755 : 0o100644;
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - length % 4) % 4);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
}
