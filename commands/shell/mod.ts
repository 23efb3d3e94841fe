import { command } from "../../lib/cli/command_act.ts";
import { openEnvironment } from "../../lib/script/open_environment.ts";
import { VERBS } from "../mod.ts";
import { Shell } from "./loop.ts";

/** `shell` */
export default command({
  help: "A prompt for the statements of `evtchn run`. Handles live until it ends. Events of bound ports appear " +
    "above the prompt as they arrive (`watch on`, `watch off`). Tab completes, ^C cancels a statement, ^D " +
    "leaves and closes everything. `help` lists the verbs.",
  examples: ["shell"],
  records: ["pending", "overflow"],
  needs: ["files", "sockets"],
  async run(act) {
    const { signal } = act;
    const environment = await openEnvironment(act, true);
    const status = await new Shell(act, environment, VERBS, await act.palette()).run(signal);
    if (!signal.aborted) return { status };
  },
});
