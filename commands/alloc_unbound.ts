import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { DOMAIN, verb } from "../lib/cli/verb.ts";

/** `alloc-unbound DOM` */
export default verb({
  help: "Allocates a port that the named domain may bind, prints it alone on stdout, and holds it until a signal. " +
    "Xen does not ask whether that domain exists.",
  options: HOLD,
  arguments: [DOMAIN],
  gets: "ports",
  run: (act, { hold }, [domain]) => bindAndHold(act, "alloc-unbound", { kind: "unbound", domain }, hold),
});
