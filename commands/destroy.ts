import { verb } from "../lib/cli/verb.ts";
import { orRefused, OTHER_DOMAIN } from "../lib/script/refused.ts";

const HINTS = { ESRCH: "there is no such domain", EINVAL: "domain 0 is the host's own" };

/** `destroy DOM` */
export default verb({
  help: "Destroys a domain of a simulated host. Its handles are closed.",
  examples: ["destroy 5", "destroy 7"],
  arguments: [OTHER_DOMAIN],
  records: ["destroy"],
  async run(act, _options, [domain]) {
    const world = await act.world();
    const answer = await world.destroyDomain(domain);
    orRefused("destroy", String(domain), `Cannot destroy domain ${domain}`, HINTS, answer);
    await act.closeDomain(domain);
    await act.print({ op: "destroy", domain });
  },
});
