import { value, verb } from "../lib/cli/verb.ts";
import { parseDomainName } from "../lib/parse.ts";
import { NEW_DOMAIN } from "../lib/script/domains.ts";
import { createDomain } from "../lib/sim/asked.ts";

/** `create DOM` */
export default verb({
  help: "Builds and starts a domain on a simulated host.",
  examples: ["create 9 --name web", "create 0x20"],
  options: { name: value(parseDomainName, "NAME", "Its name [guest and its number]") },
  arguments: [NEW_DOMAIN],
  records: ["create"],
  async run(act, { name }, [domain]) {
    await createDomain(await act.world(), domain, name);
    await act.print({ op: "create", domain, name });
  },
});
