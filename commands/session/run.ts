import { command } from "../../lib/cli/command_act.ts";
import { UsageError } from "../../lib/errors.ts";
import { Status } from "../../lib/cli/failure.ts";
import { type Signal, signalStatus } from "../../lib/host/host.ts";
import { LIFETIME, UNUSED } from "./lifetime.ts";
import { sayPlace, withServer } from "./server.ts";
import { makeWorld, readWorld, WORLD } from "./world.ts";

/** `session run -- COMMAND ARGS...` */
export default command({
  help: "Runs the program with EVTCHN_SESSION in its environment, so that every evtchn in it acts on one handle, " +
    "and ends with the program's exit status. When it ends, the session ends and its ports are closed. " +
    UNUSED,
  usage: ["-- COMMAND ARGS..."],
  examples: ["session run -- sh", "session run --simulator --world host.evtchn -- sh"],
  options: { ...WORLD, ...LIFETIME },
  program: true,
  needs: ["sockets"],
  records: [],
  async run(act, { world: file, lifetime }) {
    const { program } = act;
    if (program === undefined || program.words.length === 0) {
      throw new UsageError("Cannot run a program: there is none after --", "such as `evtchn session run -- sh`");
    }
    sayPlace(act);
    // Not act.signal, which leaves the work after a while: the program decides when this ends. Until the program runs,
    // and after its end, a signal must not end this process, or the socket would stay.
    let came: Signal | undefined;
    const interrupted = new AbortController();
    const stop = act.host.onSignal((signal) => {
      came ??= signal;
      interrupted.abort();
    });
    try {
      const world = file === undefined ? undefined : await readWorld(act, file, interrupted.signal);
      if (typeof world === "number") return { status: world };
      const status = await withServer(act, lifetime, async ({ socket, ended }) => {
        const made = world === undefined || await makeWorld(act, world, socket, interrupted.signal);
        if (came !== undefined) return signalStatus(came);
        if (!made) return Status.REFUSED;
        let runs = true;
        void ended.then(() => {
          if (runs) act.say(`${act.op}: the session has ended and its ports are closed; the program goes on`);
        }, () => {}); // withServer throws it
        try {
          return await program.run({ EVTCHN_SESSION: socket });
        } finally {
          runs = false;
        }
      });
      return { status };
    } finally {
      stop();
    }
  },
});
