import { VIRQ } from "../lib/cli/verb.ts";
import { channelName } from "../lib/channel.ts";
import { orRefused } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

const HINTS = { EINVAL: "Xen knows VIRQs 0 to 23", ESRCH: "there is no such domain: `create` makes one" };

/** `raise VIRQ` */
export default statement({
  help: "Raises a VIRQ as Xen does: a global VIRQ for domain 0, a VIRQ per domain for the @domain.",
  examples: ["raise tbuf", "@1 raise timer"],
  arguments: [VIRQ],
  run(act, _options, [virq]) {
    const channel = channelName({ kind: "virq", virq });
    const port = orRefused("raise", channel, `Cannot raise ${channel}`, HINTS, act.world.raise(virq, act.domain));
    act.print({ op: "raise", channel, port });
  },
});
