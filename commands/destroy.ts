import { verb } from "../lib/cli/verb.ts";
import { OTHER_DOMAIN } from "../lib/script/domains.ts";
import { destroyDomain } from "../lib/sim/asked.ts";

/** `destroy DOM` */
export default verb({
  help: "Destroys a domain of a simulated host. Its handles are closed.",
  examples: ["destroy 5", "destroy 7"],
  arguments: [OTHER_DOMAIN],
  records: ["destroy"],
  async run(act, _options, [domain]) {
    await destroyDomain(await act.world(), domain);
    await act.closeDomain(domain);
    await act.print({ op: "destroy", domain });
  },
});
