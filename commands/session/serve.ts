import { command } from "../../lib/cli/command_act.ts";
import { withServer } from "./server.ts";

/** `session serve`: the process that `session start` starts. Its first line names the socket. */
export default command({
  help: "Serves a session until a signal or a client ends it.",
  records: ["session-start"],
  async run(act) {
    const { signal } = act;
    await withServer(act, async (server) => {
      signal.addEventListener("abort", () => server.stop());
      if (signal.aborted) return;
      await act.print({ op: "session-start", session: server.socket, pid: Deno.pid });
      await server.ended;
    });
    return { status: 0 };
  },
});
