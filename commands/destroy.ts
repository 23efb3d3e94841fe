import { flag, verb } from "../lib/cli/verb.ts";
import { OTHER_DOMAIN } from "../lib/script/domains.ts";
import { destroyDomain } from "../lib/sim/asked.ts";

/** `destroy DOM` */
export default verb({
  help:
    "Destroys a domain of a simulated host. Its handles are closed. With --held it stays as a dying domain, as one " +
    "does whose memory a backend or a program still maps, until it is destroyed again.",
  examples: ["destroy 5", "destroy 7 --held"],
  options: { held: flag("Let Xen keep it as dying: somebody still maps its memory") },
  arguments: [OTHER_DOMAIN],
  records: ["destroy"],
  async run(act, { held }, [domain]) {
    await destroyDomain(await act.world(), domain, held);
    await act.closeDomain(domain);
    await act.print({ op: "destroy", domain });
  },
});
