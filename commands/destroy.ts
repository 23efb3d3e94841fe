import { flag, verb } from "../lib/cli/verb.ts";
import { orRefused, OTHER_DOMAIN } from "../lib/script/refused.ts";

const HINTS = { ESRCH: "there is no such domain", EINVAL: "domain 0 is the host's own" };

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
    const world = await act.world();
    const answer = await world.destroyDomain(domain, held);
    orRefused("destroy", String(domain), `Cannot destroy domain ${domain}`, HINTS, answer);
    await act.closeDomain(domain);
    await act.print({ op: "destroy", domain });
  },
});
