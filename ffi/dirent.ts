/** `struct linux_dirent64`, the entries of getdents64(2): include/linux/dirent.h. @module */

import { getU16, setU16 } from "./endian.ts";

/** u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, and then the name, which a zero byte ends. */
const LENGTH_AT = 16;
const NAME_AT = 19;

/** The names of whole entries, in their order, without `.` and `..`. */
export function entryNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at + NAME_AT < bytes.length;) {
    const length = getU16(bytes, at + LENGTH_AT);
    if (length <= NAME_AT) break; // no kernel writes this: without it the loop would not end
    const entry = bytes.subarray(at + NAME_AT, at + length);
    const end = entry.indexOf(0);
    const name = new TextDecoder().decode(end === -1 ? entry : entry.subarray(0, end));
    if (name !== "." && name !== "..") names.push(name);
    at += length;
  }
  return names;
}

/**
 * Writes as many entries as there is room for. Inode, offset and type are 0: nobody here reads them.
 *
 * @returns How many names were written, and the bytes that they take.
 */
export function packEntries(names: readonly string[], buffer: Uint8Array): { count: number; bytes: number } {
  let [count, bytes] = [0, 0];
  for (const name of names) {
    const text = new TextEncoder().encode(name);
    const length = Math.ceil((NAME_AT + text.length + 1) / 8) * 8;
    if (bytes + length > buffer.length) break;
    buffer.fill(0, bytes, bytes + length);
    setU16(buffer, bytes + LENGTH_AT, length);
    buffer.set(text, bytes + NAME_AT);
    bytes += length;
    count++;
  }
  return { count, bytes };
}
