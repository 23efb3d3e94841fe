import { flag, verb } from "../lib/cli/verb.ts";

/** `reset [--unmask]` */
export default verb({
  help: "Empties the ring of a handle and clears an overflow. Ports stay bound; those whose events were in the ring " +
    "stay silent until they are unmasked, which --unmask does for every port of the handle.",
  options: { unmask: flag("Unmask every port of the handle after it") },
  async run(act, { unmask }) {
    const handle = await act.handle();
    await handle.reset();
    if (unmask) await handle.unmaskAll();
    await act.print({ op: "reset" });
  },
});
