import { command } from "../../lib/cli/command_act.ts";
import { openEnvironment } from "../../lib/script/open_environment.ts";
import { VERBS } from "../mod.ts";
import { Shell } from "./loop.ts";

/** `shell` */
export default command({
  help: "A prompt for the statements of `evtchn run`. Handles live until it ends. Events of bound ports appear " +
    "above the prompt as they arrive (`watch on`, `watch off`). Tab completes, ^R searches earlier lines, ^C " +
    "cancels a statement, ^D leaves and closes everything. `help` lists the verbs. Lines are kept in " +
    "$XDG_STATE_HOME/evtchn, else in ~/.local/state/evtchn. If standard input is no terminal, the exit status is " +
    "that of `evtchn run --keep-going`.",
  examples: ["shell", "shell --simulator"],
  records: ["pending", "overflow"],
  needs: ["files", "sockets", "history", "programs"], // ^Z signals the job, which counts as a program
  async run(act) {
    const { signal } = act;
    const environment = await openEnvironment(act, true);
    const status = await new Shell(act, environment, VERBS, await act.palette()).run(signal);
    if (!signal.aborted) return { status };
  },
});
