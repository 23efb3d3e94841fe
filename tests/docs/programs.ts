/** The programs of docs/library.md: fences of TypeScript whose first line says how they are run. @module */

import { assertEquals } from "@std/assert";
import type { Handle } from "../../lib/api/evtchn.ts";
import { type Outcome, start } from "../support/process.ts";
import { fencesOf } from "./sessions.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Each program's text by the name of its file. */
export function programs(): ReadonlyMap<string, string> {
  const fences = fencesOf("docs/library.md").filter(({ info }) => info === "ts");
  return new Map(fences.map(({ text }) => [/^\/\/ deno .*?(\w+\.ts)\b/.exec(text)![1], text]));
}

/** The programs in a folder of their own, beside a `deno.json` as the document has it. */
export class Programs implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /** Writes them. */
  static async write(): Promise<Programs> {
    const [config] = fencesOf("docs/library.md").filter(({ info }) => info === "json");
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/deno.json`, config.text.replace("/opt/evtchn", ROOT));
    for (const [name, text] of programs()) await Deno.writeTextFile(`${folder}/${name}`, text);
    return new Programs(folder);
  }

  /** Starts one in its folder as its first line says, with the permissions that it lists and `more`. */
  start(name: string, args: readonly string[] = [], env: Record<string, string> = {}, more: readonly string[] = []) {
    const [, words] = /^\/\/ deno (.*?) ?\w+\.ts\b/.exec(programs().get(name)!)!;
    const [verb, ...options] = words.split(" ");
    const all = [
      verb,
      "--quiet",
      "--no-prompt",
      "--cached-only",
      "--no-check",
      ...options,
      ...more,
      name,
      ...args,
    ];
    return start(all, { sh: `cd '${this.folder}' && exec "$@"`, command: [Deno.execPath()], env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A frontend for `backend.ts`: its handle, and who writes into its folder of xenstore. */
export interface Frontend {
  readonly domain: number;
  readonly handle: Handle;
  write(path: string, value: string): Promise<unknown>;
  remove(path: string): Promise<unknown>;
}

/** Runs `backend.ts` against a frontend that asks three times and goes. */
export async function shakeHands(
  programs: Programs,
  { domain, handle, write, remove }: Frontend,
  env?: Record<string, string>,
  more?: readonly string[],
): Promise<Outcome> {
  const running = programs.start("backend.ts", [String(domain), "demo/0"], env, more);
  const device = `/local/domain/${domain}/device/demo/0`;
  const offered = await handle.allocUnbound(0);
  await write(`${device}/event-channel`, String(offered));
  await running.stdout.until(/bound\n/);
  for (let asked = 0; asked < 3; asked++) {
    await handle.notify(offered);
    const answer = await handle.next(offered, { timeout: 60_000 });
    assertEquals(answer?.kind, "pending");
  }
  await remove(device);
  return await running.end();
}
