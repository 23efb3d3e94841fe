import { verb, word } from "../lib/cli/verb.ts";
import { writeStore } from "../lib/sim/asked.ts";

/** `store-write PATH VALUE` */
export default verb({
  help: "Sets a node of a simulated host's xenstore, as root in domain 0 does. A PATH that does not start with / is " +
    "below the folder of the domain that acts (--as, or @ in a script).",
  examples: [
    "store-write /local/domain/1/device/vif/0/event-channel 7",
    "store-write device/vif/0/state 6 --as 1",
  ],
  arguments: [word("PATH", "The node"), word("VALUE", "Its new value")],
  records: ["store-write"],
  async run(act, _options, [path, value]) {
    await writeStore(await act.world(), act.domain, path, value);
    await act.print({ op: "store-write", path });
  },
});
