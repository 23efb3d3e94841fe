import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { type Argument, optional, PORT, verb } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { mapNamed } from "../lib/named.ts";
import { parseDomain, parsePeer } from "../lib/parse.ts";
import type { Domid, Port } from "../lib/types.ts";

/** The first word: a domain, or a domain and its port. */
interface Offer {
  readonly text: string;
  readonly domain: Domid;
  readonly port?: Port;
}

const OFFER: Argument<Offer> = {
  placeholder: "DOM",
  brief: "The domain that offers the port, or DOM:PORT",
  parse: (text) =>
    text.includes(":")
      ? mapNamed(parsePeer(text), (peer) => ({ ...peer, text }))
      : mapNamed(parseDomain(text), (domain) => ({ domain, text })),
  offers: "domains",
};

/** `bind-interdomain DOM PORT`, `bind-interdomain DOM:PORT` */
export default verb({
  help: "Binds a new local port to a port that another domain has allocated for this domain. Prints the local port " +
    "on stdout and holds it until a signal. The bind itself causes one event on the local port.",
  usage: ["DOM PORT", "DOM:PORT"],
  examples: ["bind-interdomain 5:12", "bind-interdomain 5 12 --hold 1m"],
  options: HOLD,
  arguments: [OFFER, optional({ ...PORT, brief: "Its port" })],
  gets: "ports",
  check(_options, [{ text, port: joined }, port]) {
    if (joined === undefined && port === undefined) {
      throw new UsageError(`Cannot bind "${text}": expected DOM PORT or DOM:PORT`);
    }
    if (joined !== undefined && port !== undefined) {
      throw new UsageError(`Cannot make sense of "${port}": there is a word too many`);
    }
  },
  records: ["bind-interdomain"],
  run: (act, { hold }, [{ domain, port: joined }, port = joined!]) =>
    bindAndHold(act, "bind-interdomain", { kind: "interdomain", domain, port }, hold),
});
