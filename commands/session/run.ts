import { command } from "../../lib/cli/command_act.ts";
import { UsageError } from "../../lib/errors.ts";
import { type Signal, signalStatus } from "../../lib/host/host.ts";
import { sayPlace, withServer } from "./server.ts";

/** `session run -- COMMAND ARGS...` */
export default command({
  help: "Runs the program with EVTCHN_SESSION in its environment, so that every evtchn in it acts on one handle, " +
    "and ends with the program's exit status. When it ends, the session ends and its ports are closed.",
  usage: ["-- COMMAND ARGS..."],
  examples: ["session run -- sh", "session run --simulator -- ./test.sh"],
  program: true,
  async run(act) {
    const { program } = act;
    if (program === undefined || program.words.length === 0) {
      throw new UsageError("Cannot run a program: there is none after --", "such as `evtchn session run -- sh`");
    }
    sayPlace(act);
    // Not act.signal, which leaves the work after a while: the program decides when this ends. Until the program runs,
    // and after its end, a signal must not end this process, or the socket would stay.
    let came: Signal | undefined;
    const stop = act.host.onSignal((signal) => came ??= signal);
    try {
      const status = await withServer(act, ({ socket }) => {
        return came === undefined ? program.run({ EVTCHN_SESSION: socket }) : signalStatus(came);
      });
      return { status };
    } finally {
      stop();
    }
  },
});
