import { command } from "../../lib/cli/command_act.ts";
import { KEPT } from "../../lib/host/host.ts";
import { LIFETIME } from "./lifetime.ts";
import { withServer } from "./server.ts";

/**
 * `session serve`: the process that `session start` starts. Its first line names the socket. It serves on if its starter
 * then says that somebody was told of the socket: else nobody would know this session.
 */
export default command({
  help: "Serves a session until a signal or a client ends it.",
  options: LIFETIME,
  records: ["session-start"],
  needs: ["sockets"],
  async run(act, { lifetime }) {
    const { signal } = act;
    await withServer(act, lifetime, async (server) => {
      signal.addEventListener("abort", () => server.stop());
      if (signal.aborted) return;
      await act.print({ op: "session-start", session: server.socket, pid: Deno.pid });
      const word = act.host.readText(undefined, true).catch(() => ""); // what cannot be read is no word
      if (await Promise.race([word, server.ended]) === KEPT) await server.ended;
    });
    return { status: 0 };
  },
});
