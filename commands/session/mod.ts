import { command } from "../../lib/cli/command_act.ts";
import { UsageError } from "../../lib/errors.ts";

export default command({
  help:
    `A session is a process that holds a handle for other processes. While EVTCHN_SESSION names its socket, every verb acts
on that handle and returns at once: ports stay bound, and several shells can use and watch them.

  evtchn session run -- sh        for one program
  eval "$(evtchn session start)"  for this shell
  eval "$(evtchn session stop)"   ends it
  evtchn session list             shows all of yours

--device, --simulator and --fd choose the handle. On the simulator the session holds the whole simulated host:
\`evtchn --as 1 ...\` acts as domain 1.`,
  usage: ["run -- COMMAND ARGS...", "start", "list", "stop"],
  records: [],
  run() {
    throw new UsageError(
      "Cannot do anything with a session without a command",
      "`evtchn session run`, `start`, `list` or `stop`; options go after it",
    );
  },
});
