import { word } from "../lib/cli/verb.ts";
import { orRefused, storeHints } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `store-write PATH VALUE` */
export default statement({
  help: "Sets a node of xenstore; a PATH without / at its start is in the @domain's folder.",
  arguments: [word("PATH", "The node"), word("VALUE", "Its new value")],
  run(act, _options, [path, value]) {
    const answer = act.world.writeStore(act.domain, path, value);
    orRefused("store-write", path, `Cannot write "${path}"`, storeHints(answer), answer);
    act.print({ op: "store-write", path });
  },
});
