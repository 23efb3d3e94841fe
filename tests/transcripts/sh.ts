/** The system's shell for transcripts: one `sh`, which gets line by line, and runs `evtchn` as a program. @module */

import type { Outcome, Shell } from "./transcript.ts";

/** Ends the output of a command, before its exit status. No command prints it. */
const MARK = "\x1e";

const [main, config] = ["../../main.ts", "../../deno.json"].map((path) => new URL(path, import.meta.url).pathname);

/** The permissions in the first line of main.ts. */
const PERMISSIONS = Deno.readTextFileSync(main).split("\n", 1)[0].split(" run ")[1];

/** Starts a shell with `device` in `$EVTCHN_DEVICE`. */
export async function systemShell(device: string): Promise<Shell> {
  const process = new Deno.Command("sh", {
    env: { EVTCHN_DEVICE: device, DENO: Deno.execPath() },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();

  async function feed(line: string): Promise<Outcome> {
    await writer.write(new TextEncoder().encode(`${line}\nprintf '\\036%d\\n' $?\n`));
    let text = "";
    for (;;) {
      const end = new RegExp(`${MARK}(\\d+)\n$`).exec(text);
      if (end) return { output: text.slice(0, end.index), status: Number(end[1]) };
      const { value, done } = await reader.read();
      if (done) throw new Error(`The shell ended at "${line}" after it had printed:\n${text}`);
      text += value;
    }
  }

  await feed("exec 2>&1");
  // Commands must not read the shell's input, which has the next lines.
  await feed(
    `evtchn() { "$DENO" run --cached-only --config '${config}' ${PERMISSIONS} '${main}' "$@" ` +
      "</dev/null; }",
  );
  return {
    async run(command) {
      const outcome = await feed(command);
      const variable = /^(\w+)=\$\(/.exec(command)?.[1];
      if (variable === undefined) return outcome;
      return { ...outcome, captured: (await feed(`printf '%s\\n' "$${variable}"`)).output };
    },
    async [Symbol.asyncDispose]() {
      await writer.close(); // the end of input ends the shell
      await reader.cancel();
      await process.status;
    },
  };
}
