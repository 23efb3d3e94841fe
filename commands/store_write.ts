import { verb, word } from "../lib/cli/verb.ts";
import { orRefused, storeHints } from "../lib/script/refused.ts";

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
    const world = await act.world();
    const answer = await world.writeStore(act.domain, path, value);
    orRefused("store-write", path, `Cannot write "${path}"`, storeHints(answer), answer);
    await act.print({ op: "store-write", path });
  },
});
