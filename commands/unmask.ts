import { after } from "../lib/awaitable.ts";
import { PORT, some, verb } from "../lib/cli/verb.ts";

/** `unmask PORT...` */
export default verb({
  help: "Writes the ports to the device, which unmasks them. The driver silently skips unknown ports and ports of " +
    "other handles.",
  examples: ["unmask 27", "unmask 27 28"],
  arguments: some(PORT),
  records: ["unmask"],
  run: (act, _options, ports) =>
    after(act.handle(), (handle) => after(handle.unmask(ports), (bytes) => act.print({ op: "unmask", ports, bytes }))),
});
