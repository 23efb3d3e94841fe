import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { verb, VIRQ } from "../lib/cli/verb.ts";

/** `bind-virq VIRQ` */
export default verb({
  help:
    "Binds a virtual interrupt of the hypervisor on vCPU 0, prints the port alone on stdout, and holds it until a " +
    "signal: a port dies with the handle that bound it.",
  options: HOLD,
  arguments: [VIRQ],
  gets: "ports",
  run: (act, { hold }, [virq]) => bindAndHold(act, "bind-virq", { kind: "virq", virq }, hold),
});
