import { orRefused, OTHER_DOMAIN } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

const HINTS = { ESRCH: "there is no such domain", EINVAL: "domain 0 is the host's own" };

/** `destroy DOM` */
export default statement({
  help: "Destroys a domain. Its handles are closed.",
  examples: ["destroy 5", "destroy 7"],
  arguments: [OTHER_DOMAIN],
  async run(act, _options, [domain]) {
    orRefused("destroy", String(domain), `Cannot destroy domain ${domain}`, HINTS, act.world.destroyDomain(domain));
    await act.closeDomain(domain);
    act.print({ op: "destroy", domain });
  },
});
