import { command } from "../../lib/cli/command_act.ts";
import { UsageError } from "../../lib/errors.ts";
import { withServer } from "./server.ts";

/** `session run -- COMMAND ARGS...` */
export default command({
  help: "Runs the program with EVTCHN_SESSION in its environment, so that every evtchn in it acts on one handle, " +
    "and ends with the program's exit status. When it ends, the session ends and its ports are closed.",
  usage: ["-- COMMAND ARGS..."],
  examples: ["session run -- sh"],
  program: true,
  async run(act) {
    const { program } = act;
    if (program === undefined || program.words.length === 0) {
      throw new UsageError("Cannot run a program: there is none after --", "such as `evtchn session run -- sh`");
    }
    const { signal } = act;
    const status = await withServer(act, async ({ socket }) => {
      if (!signal.aborted) return await program.run({ EVTCHN_SESSION: socket });
    });
    return { status };
  },
});
