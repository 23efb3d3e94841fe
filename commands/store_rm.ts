import { verb, word } from "../lib/cli/verb.ts";
import { orRefused, storeHints } from "../lib/script/refused.ts";

/** `store-rm PATH` */
export default verb({
  help: "Removes a node of a simulated host's xenstore and everything below it. A PATH that does not start with / is " +
    "below the folder of the domain that acts (--as, or @ in a script).",
  examples: ["store-rm /local/domain/1/device/vif/0", "store-rm device/vif/0/state --as 1"],
  arguments: [word("PATH", "The node")],
  records: ["store-rm"],
  async run(act, _options, [path]) {
    const world = await act.world();
    const answer = await world.removeStore(act.domain, path);
    orRefused("store-rm", path, `Cannot remove "${path}"`, storeHints(answer), answer);
    await act.print({ op: "store-rm", path });
  },
});
