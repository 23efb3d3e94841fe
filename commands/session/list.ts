import { command } from "../../lib/cli/command_act.ts";
import { sessionRecord, sessionTable } from "../../lib/render/sessions.ts";
import { askSessions } from "../../lib/session/found.ts";
import { knownSockets } from "../../lib/cli/known_sockets.ts";
import { WHERE } from "./sockets.ts";

/** `session list` */
export default command({
  help: "Lists your sessions: socket, process, what it holds, clients, when it started (UTC), and how many ports " +
    "it has bound. A session that does not answer within 2 seconds, or that another version of evtchn serves, is " +
    `shown as such. The sockets of dead sessions are removed. Without a session it prints nothing. ${WHERE}`,
  examples: ["session list", "session list --json"],
  needs: ["sockets"],
  records: ["session-list"],
  async run(act) {
    const found = await askSessions(await knownSockets(act.host), act.clock);
    if (act.json) return await act.printAll(found.map(sessionRecord));
    if (found.length > 0) await act.printText(sessionTable(found, await act.palette()).join("\n"));
  },
});
