import { assertEquals, assertRejects } from "@std/assert";
import { replaceFile } from "../../lib/host/replace_file.ts";
import { inFolder } from "../support/folder.ts";
import { test } from "../support/test.ts";

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

test("a file is replaced by another one, which everybody may read, and nothing else is left", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/evtchn.prom`;
    await replaceFile(path, "old\n");
    const open = await Deno.open(path); // as a collector that reads meanwhile
    await replaceFile(path, "new\n");
    assertEquals(await new Response(open.readable).text(), "old\n");
    assertEquals(await Deno.readTextFile(path), "new\n");
    assertEquals([names(folder), (await Deno.stat(path)).mode! & 0o777], [["evtchn.prom"], 0o644]);
  });
});

test("a link is replaced, not what it leads to", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/other`, "mine\n");
    await Deno.symlink(`${folder}/other`, `${folder}/evtchn.prom`);
    await replaceFile(`${folder}/evtchn.prom`, "new\n");
    assertEquals(await Deno.readTextFile(`${folder}/other`), "mine\n");
  });
});

test("what cannot be put in place leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/evtchn.prom`);
    await assertRejects(() => replaceFile(`${folder}/evtchn.prom`, "new\n"));
    assertEquals(names(folder), ["evtchn.prom"]);
    await assertRejects(() => replaceFile(`${folder}/none/evtchn.prom`, "new\n"), Deno.errors.NotFound);
  });
});
