import { after } from "../lib/awaitable.ts";
import { PORT, some, verb } from "../lib/cli/verb.ts";

/** `unmask PORT...` */
export default verb({
  help:
    "Writes the ports to the device, which unmasks them. The driver skips ports of other handles and unknown ones " +
    "in silence.",
  arguments: some(PORT),
  run: (act, _options, ports) =>
    after(act.handle(), (handle) => after(handle.unmask(ports), (bytes) => act.print({ op: "unmask", bytes }))),
});
