import { value, verb } from "../lib/cli/verb.ts";
import { parseDomainName } from "../lib/parse.ts";
import { NEW_DOMAIN, NO_STORE, orRefused } from "../lib/script/refused.ts";

const HINTS = {
  EEXIST: "it exists already, or its name is taken: a simulated host starts with domains 0 to 7",
  ENOTSUP: NO_STORE,
};

/** `create DOM` */
export default verb({
  help: "Builds and starts a domain on a simulated host.",
  examples: ["create 9 --name web", "create 0x20"],
  options: { name: value(parseDomainName, "NAME", "Its name [guest and its number]") },
  arguments: [NEW_DOMAIN],
  records: ["create"],
  async run(act, { name }, [domain]) {
    const world = await act.world();
    const answer = await world.createDomain(domain, name);
    orRefused("create", String(domain), `Cannot create domain ${domain}`, HINTS, answer);
    await act.print({ op: "create", domain, name });
  },
});
