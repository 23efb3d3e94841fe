import { flag, verb } from "../lib/cli/verb.ts";

/** `reset [--unmask]` */
export default verb({
  help: "Empties the ring of a handle and clears an overflow. Ports stay bound. A port whose event was in the ring " +
    "stays masked; --unmask unmasks every port of the handle.",
  examples: ["reset", "reset --unmask"],
  options: { unmask: flag("Then unmask every port of the handle") },
  records: ["reset"],
  async run(act, { unmask }) {
    const handle = await act.handle();
    await handle.reset();
    if (unmask) await handle.unmaskAll();
    await act.print({ op: "reset" });
  },
});
