import { DOMAIN, verb } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";

const NO_USE = "restrict: the handle was closed with this command, so nobody is restricted: " +
  "`restrict DOM -- COMMAND` runs a program with it; --fd and a session keep theirs";

/** `restrict DOM [-- COMMAND ARGS...]` */
export default verb({
  help: "Restricts a handle for its lifetime: it can then bind only ports that domain DOM offers. With -- COMMAND " +
    "ARGS... it runs the program with the restricted handle inherited and its descriptor's number in " +
    "EVTCHN_FD, and ends with the program's exit status.",
  usage: ["DOM", "DOM -- COMMAND ARGS..."],
  examples: ["restrict 5", "restrict 5 -- ./backend"],
  arguments: [DOMAIN],
  program: true,
  records: ["restrict"],
  async run(act, _options, [domain]) {
    const { program } = act;
    if (program?.words.length === 0) throw new UsageError("Cannot run a program: there is none after --");
    if (program !== undefined) refuseToInherit(act.place, program.simulated);
    const handle = await act.handle();
    await handle.restrict(domain);
    await act.print({ op: "restrict", domain });
    if (program === undefined) {
      if (act.place === "new" && !act.json) await act.say(NO_USE);
      return;
    }
    const inherited = handle.inheritable();
    try {
      // EVTCHN_SESSION would take precedence over EVTCHN_FD.
      return { status: await program.run({ EVTCHN_FD: String(inherited.fd) }, "EVTCHN_SESSION") };
    } finally {
      inherited.close();
    }
  },
});

/** @throws {UsageError} If no program can inherit the handle. */
function refuseToInherit(place: string, simulated: boolean): void {
  if (simulated) throw new UsageError("Cannot run a program with a simulated handle: no program can inherit it");
  if (place !== "session") return;
  throw new UsageError(
    "Cannot run a program with a session's handle: it is in the session's process, and no program can inherit it",
    "`evtchn restrict DOM` restricts the session's own handle; --device opens another for the program",
  );
}
