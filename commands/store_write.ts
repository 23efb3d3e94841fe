import { word } from "../lib/cli/verb.ts";
import { orRefused, storeHints } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `store-write PATH VALUE` */
export default statement({
  help: "Sets a node of xenstore. A PATH that does not start with / is below the @domain's folder.",
  examples: ["store-write device/vif/0/event-channel 7"],
  arguments: [word("PATH", "The node"), word("VALUE", "Its new value")],
  records: ["store-write"],
  run(act, _options, [path, value]) {
    const answer = act.world.writeStore(act.domain, path, value);
    orRefused("store-write", path, `Cannot write "${path}"`, storeHints(answer), answer);
    act.print({ op: "store-write", path });
  },
});
