import { orRefused, OTHER_DOMAIN } from "../lib/script/refused.ts";
import { statement } from "../lib/script/statement_act.ts";

const HINTS = { EEXIST: "it exists already: a simulated host starts with domains 0 to 7" };

/** `create DOM` */
export default statement({
  help: "Builds and starts a domain.",
  examples: ["create 9", "create 0x20"],
  arguments: [OTHER_DOMAIN],
  run(act, _options, [domain]) {
    orRefused("create", String(domain), `Cannot create domain ${domain}`, HINTS, act.world.createDomain(domain));
    act.print({ op: "create", domain });
  },
});
