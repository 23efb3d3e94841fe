/** Replaces a file so that nobody sees a part of it. @module */

/** Everybody may read it: a collector of metrics runs as a user of its own. */
const MODE = 0o644;

/**
 * Writes a new file beside `path` and renames it. The name of the new one begins with a dot and does not end as `path`,
 * so that whoever reads all files of a kind passes it over; in a folder of several users nobody can foresee it.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const slash = path.lastIndexOf("/") + 1;
  const beside = `${path.slice(0, slash)}.${path.slice(slash)}.${crypto.randomUUID()}`;
  const file = await Deno.open(beside, { write: true, createNew: true, mode: MODE });
  try {
    try {
      for (let left = new TextEncoder().encode(text); left.length > 0;) left = left.subarray(await file.write(left));
    } finally {
      file.close();
    }
    await Deno.chmod(beside, MODE); // whatever the umask is
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}
