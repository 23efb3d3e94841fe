import { word } from "../lib/cli/verb.ts";
import { orRefused, storeHints } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `store-rm PATH` */
export default statement({
  help: "Removes a node of xenstore and everything below it. A PATH that does not start with / is below the " +
    "@domain's folder.",
  examples: ["@1 store-rm device/vif/0", "store-rm /local/domain/1/device/vif/0/state"],
  arguments: [word("PATH", "The node")],
  run(act, _options, [path]) {
    const answer = act.world.removeStore(act.domain, path);
    orRefused("store-rm", path, `Cannot remove "${path}"`, storeHints(answer), answer);
    act.print({ op: "store-rm", path });
  },
});
