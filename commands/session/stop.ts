import { command, type CommandAct } from "../../lib/cli/command_act.ts";
import { flag } from "../../lib/cli/verb.ts";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { stopSession } from "../../lib/session/client.ts";
import { removeStale, STALE_AFTER } from "../../lib/session/place.ts";
import { knownSockets } from "../../lib/cli/known_sockets.ts";
import { WHERE } from "./sockets.ts";

/** The shell command that it prints. */
const UNSET = "unset EVTCHN_SESSION;";

/** `session stop` */
export default command({
  help: "Ends the session, waits until its ports are closed, and prints the shell command that unsets " +
    'EVTCHN_SESSION: eval "$(evtchn session stop)". If the session is gone already, it prints the same, says ' +
    `so, and ends with 1. --all ends every session of yours that can be found. ${WHERE}`,
  examples: ["session stop", "session stop --all"],
  options: { all: flag("End all your sessions") },
  records: ["session-stop"],
  needs: ["sockets"],
  async run(act, { all }) {
    if (all) return await stopAll(act);
    const { session } = act.choice;
    if (session === undefined) {
      throw new UsageError(
        "Cannot stop a session: none is named",
        "EVTCHN_SESSION or --session names its socket; --all ends all",
      );
    }
    const stopped = () => act.print({ op: "session-stop", session }, UNSET);
    try {
      await stopSession(session, act.clock);
    } catch (error) {
      if (!isGone(error)) throw error;
      await removeStale(session);
      await stopped();
      throw error;
    }
    await stopped();
  },
});

/** Ends every session that can be found. One that cannot be ended is reported, and the others are ended all the same. */
async function stopAll(act: CommandAct): Promise<void> {
  if (act.flags.session !== undefined) {
    throw new UsageError("Cannot use --all with --session: one names a session, the other means every one");
  }
  const sockets = await knownSockets(act.host);
  const results = await Promise.allSettled(sockets.map((socket) => stopSession(socket, act.clock)));
  for (const [i, result] of results.entries()) {
    const session = sockets[i];
    if (result.status === "fulfilled") await act.print({ op: "session-stop", session });
    else if (isGone(result.reason)) await removeStale(session, act.clock.now() / 1000 - STALE_AFTER);
    else if (result.reason instanceof DeviceError) act.report(result.reason);
    else throw result.reason;
  }
  if (!act.json) await act.printText(UNSET);
}

function isGone(error: unknown): boolean {
  return error instanceof DeviceError && ["ENOENT", "ECONNREFUSED"].includes(error.errno);
}
