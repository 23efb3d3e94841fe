import { verb, word } from "../lib/cli/verb.ts";
import { removeStore } from "../lib/sim/asked.ts";

/** `store-rm PATH` */
export default verb({
  help: "Removes a node of a simulated host's xenstore and everything below it. A PATH that does not start with / is " +
    "below the folder of the domain that acts (--as, or @ in a script).",
  examples: ["store-rm /local/domain/1/device/vif/0", "store-rm device/vif/0/state --as 1"],
  arguments: [word("PATH", "The node")],
  records: ["store-rm"],
  async run(act, _options, [path]) {
    await removeStore(await act.world(), act.domain, path);
    await act.print({ op: "store-rm", path });
  },
});
