/** The system's own shell for transcripts: one `sh`, fed line by line, in which `evtchn` is a program. @module */

import type { Outcome, Shell } from "./transcript.ts";

/** What ends the output of a command, before its exit status: no command prints it. */
const MARK = "\x1e";

/** The project's main module and configuration, wherever it lies. */
const [main, config] = ["../../main.ts", "../../deno.json"].map((path) => new URL(path, import.meta.url).pathname);

/** The permissions that main.ts asks for, as its first line has them. */
const PERMISSIONS = Deno.readTextFileSync(main).split("\n", 1)[0].split(" run ")[1];

/**
 * Starts a shell.
 *
 * @param device The event-channel device, in `$EVTCHN_DEVICE`.
 */
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
  // A command has no use for the shell's own input, which carries the lines to come.
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
      await writer.close(); // the end of its input is the end of the shell
      await reader.cancel();
      await process.status;
    },
  };
}
