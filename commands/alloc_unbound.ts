import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { DOMAIN, verb } from "../lib/cli/verb.ts";

/** `alloc-unbound DOM` */
export default verb({
  help: "Allocates a port that domain DOM may bind. Prints the port on stdout and holds it until a signal. Xen " +
    "does not check that the domain exists.",
  examples: ["alloc-unbound 5", "alloc-unbound 5 --hold 10s"],
  options: HOLD,
  arguments: [DOMAIN],
  gets: "ports",
  records: ["alloc-unbound"],
  run: (act, { hold }, [domain]) => bindAndHold(act, "alloc-unbound", { kind: "unbound", domain }, hold),
});
