import { command } from "../lib/cli/command_act.ts";
import { completionOf } from "../lib/cli/completion/model.ts";
import { word } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { VERBS } from "./mod.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = typeof SHELLS[number];

/** `completion SHELL` */
export default command({
  help: `Prints what a shell needs to complete evtchn's words: commands, options, their values, the names of VIRQs and \
of domains, and the ports of a session. The packages have it in place; elsewhere it is one line for each shell:

  bash  source <(evtchn completion bash), in ~/.bashrc
  zsh   source <(evtchn completion zsh), in ~/.zshrc behind compinit
  fish  evtchn completion fish > ~/.config/fish/completions/evtchn.fish, once`,
  examples: ["completion bash", "completion fish"],
  arguments: [{ ...word("SHELL", SHELLS.join(", ")), offers: SHELLS, parse: parseShell }],
  records: [],
  async run(act, _, [shell]) {
    await act.write(await scriptOf(shell));
  },
});

function parseShell(text: string): Shell {
  const shell = SHELLS.find((each) => each === text);
  if (shell === undefined) throw new UsageError(`Cannot complete in "${text}": expected ${SHELLS.join(", ")}`);
  return shell;
}

async function scriptOf(shell: Shell): Promise<string> {
  const known = await completionOf(VERBS);
  switch (shell) {
    case "bash":
      return (await import("../lib/cli/completion/bash.ts")).bashCompletion(known);
    case "zsh":
      return (await import("../lib/cli/completion/zsh.ts")).zshCompletion(known);
    case "fish":
      return (await import("../lib/cli/completion/fish.ts")).fishCompletion(known);
  }
}
