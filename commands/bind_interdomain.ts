import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { optional, verb, word } from "../lib/cli/verb.ts";
import { parsePeer } from "../lib/parse.ts";

/** `bind-interdomain DOM PORT`, `bind-interdomain DOM:PORT` */
export default verb({
  help: "Binds a new local port to a port that another domain has allocated for this domain. Prints the local port " +
    "on stdout and holds it until a signal. The bind itself causes one event on the local port.",
  usage: ["DOM PORT", "DOM:PORT"],
  examples: ["bind-interdomain 5:12", "bind-interdomain 5 12 --hold 1m"],
  options: HOLD,
  arguments: [word("DOM", "The domain that offers the port, or DOM:PORT"), optional(word("PORT", "Its port"))],
  gets: "ports",
  check: (_options, [domain, port]) => void parsePeer(domain, port),
  records: ["bind-interdomain"],
  run: (act, { hold }, [domain, port]) => bindAndHold(act, "bind-interdomain", parsePeer(domain, port), hold),
});
