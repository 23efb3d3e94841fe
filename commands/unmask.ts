import { PORT, some, verb } from "../lib/cli/verb.ts";

/** `unmask PORT...` */
export default verb({
  help:
    "Writes the ports to the device, which unmasks them. The driver skips ports of other handles and unknown ones " +
    "in silence.",
  arguments: some(PORT),
  async run(act, _options, ports) {
    const handle = await act.handle();
    await act.print({ op: "unmask", bytes: await handle.unmask(ports) });
  },
});
