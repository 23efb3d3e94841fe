/** The completions, each in its own shell: what `evtchn completion` prints is loaded, and a line is completed. */

import { assert, assertEquals } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { COMMAND, run } from "../support/process.ts";
import { sh } from "./host.ts";

const HERE = new URL(".", import.meta.url).pathname;

/** What bash offers: what stands behind the last colon, for it keeps what is in front of that. */
const BASH = `. $FOLDER/completion
  COMP_LINE=$LINE COMP_POINT=\${#LINE} COMP_WORDS=(evtchn)
  COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
  _evtchn
  printf '%s\\n' "\${COMPREPLY[@]}"`;

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "--norc", "-c", BASH],
  fish: ["fish", "--no-config", "-c", 'source $FOLDER/completion; complete -C "$LINE" | cut -f 1'],
  zsh: ["sh", "-c", `timeout 30 zsh -f '${HERE}zsh_offers' "$FOLDER/completion" "$LINE" "$FOLDER"`],
};

const SIMULATED = "--simulator";

/** Lines, and what a shell offers for their ends. */
const OFFERED: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["evtchn not", ["notify"]],
  ["evtchn session st", ["start", "stop"]],
  ["evtchn help noti", ["notify"]],
  ["evtchn notify --cou", ["--count"]],
  ["evtchn notify --count 3 --tra", ["--trace", "--trace-time"]],
  ["evtchn top --sort ", ["last", "port", "rate", "total"]],
  ["evtchn watch -t u", ["unix", "utc"]],
  ["evtchn bind-virq dom", ["dom_exc"]],
  ["evtchn --device sim:l", ["sim:linux"]],
  [`evtchn ${SIMULATED} list gu`, [1, 2, 3, 4, 5, 6, 7].map((domain) => `guest${domain}`)],
  [`evtchn bind-interdomain --hold 0s ${SIMULATED} Dom`, ["Domain-0"]],
  ["evtchn watch virq:dom", ["virq:dom_exc"]],
  ["evtchn unbind ", ["27"]],
  ["evtchn wait 2", ["27"]],
];

for (const [shell, command] of Object.entries(SHELLS)) {
  const ignore =
    (await new Deno.Command("sh", { args: ["-c", `command -v ${shell}`], stdout: "null" }).output()).code !== 0;
  Deno.test({
    name: `${shell} completes verbs, options, their values, VIRQs, domains and a session's ports`,
    ignore,
    fn: () =>
      inFolder(async (folder) => {
        const evtchn = `${folder}/evtchn`;
        const words = COMMAND.map((word) => `'${word}'`).join(" ");
        await Deno.writeTextFile(evtchn, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
        await Deno.writeTextFile(`${folder}/completion`, (await run(["completion", shell])).stdout);
        const session = (await sh(`'${evtchn}' session start --simulator --json`)).match(/"session":"([^"]*)"/)![1];
        const env = { EVTCHN_SESSION: session, PATH: `${folder}:${Deno.env.get("PATH")}`, LANG: "C.UTF-8" };
        try {
          assertEquals(await sh("evtchn alloc-unbound 1", { env }), "27\n");
          for (const [line, offered] of OFFERED) {
            const own = line.includes(SIMULATED) ? { ...env, EVTCHN_SESSION: "" } : env;
            const { stdout } = await run([], { command, env: { ...own, LINE: line, FOLDER: folder } });
            const wanted = shell === "bash" ? offered.map((word) => word.replace(/^.*:/, "")) : offered;
            assertEquals([line, ...stdout.trim().split("\n").sort()], [line, ...wanted]);
          }
        } finally {
          await sh("evtchn session stop", { env });
        }
      }),
  });
}

Deno.test("a session that says nothing does not hold up a shell", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/session`;
    using silent = Deno.listen({ transport: "unix", path: socket });
    await Deno.chmod(socket, 0o600);
    const accepted = silent.accept();
    const start = performance.now();
    const { status, stdout, stderr } = await run(["complete", "ports", "--session", socket]);
    assertEquals([status, stdout, stderr], [0, "", ""]);
    assert(performance.now() - start < 4000); // a client of it would wait for 5 s
    (await accepted).close();
  }));
