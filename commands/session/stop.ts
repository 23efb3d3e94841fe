import { command } from "../../lib/cli/command_act.ts";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { stopSession } from "../../lib/session/client.ts";
import { removeStale } from "../../lib/session/place.ts";

/** `session stop` */
export default command({
  help: "Ends the session, waits until its ports are closed, and prints the shell command that unsets " +
    'EVTCHN_SESSION: eval "$(evtchn session stop)". If the session is gone already, it prints the same, says ' +
    "so, and ends with 1.",
  examples: ["session stop", "session stop --json"],
  records: ["session-stop"],
  needs: ["sockets"],
  async run(act) {
    const { session } = act.choice;
    if (session === undefined) {
      throw new UsageError("Cannot stop a session: none is named", "EVTCHN_SESSION or --session names its socket");
    }
    const stopped = () => act.print({ op: "session-stop", session }, "unset EVTCHN_SESSION;");
    try {
      await stopSession(session, act.clock);
    } catch (error) {
      const gone = error instanceof DeviceError && ["ENOENT", "ECONNREFUSED"].includes(error.errno);
      if (!gone) throw error;
      await removeStale(session);
      await stopped();
      throw error;
    }
    await stopped();
  },
});
