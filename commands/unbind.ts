import { PORT, some, verb } from "../lib/cli/verb.ts";

/** `unbind PORT...` */
export default verb({
  help: "Closes ports of a handle that outlives this command: the shell's (--fd), a session's, or a script's.",
  arguments: some(PORT),
  async run(act, _options, ports) {
    const handle = await act.handle();
    for (const port of ports) {
      await handle.unbind(port);
      await act.print({ op: "unbind", port });
    }
  },
});
