import { word } from "../lib/cli/verb.ts";
import { orRefused, storeHints } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `store-write PATH VALUE` */
export default statement({
  help: "Sets a node of xenstore. A PATH that does not start with / is below the @domain's folder.",
  examples: ["@1 store-write device/vif/0/event-channel 7", "store-write /local/domain/1/device/vif/0/state 6"],
  arguments: [word("PATH", "The node"), word("VALUE", "Its new value")],
  run(act, _options, [path, value]) {
    const answer = act.world.writeStore(act.domain, path, value);
    orRefused("store-write", path, `Cannot write "${path}"`, storeHints(answer), answer);
    act.print({ op: "store-write", path });
  },
});
