import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { verb, VIRQ } from "../lib/cli/verb.ts";

/** `bind-virq VIRQ` */
export default verb({
  help: "Binds a virtual interrupt (VIRQ) of the hypervisor on vCPU 0. Prints the port on stdout and holds it " +
    "until a signal, because a port is closed with the handle that bound it.",
  examples: ["bind-virq dom_exc", "bind-virq 4 --hold 0s"],
  options: HOLD,
  arguments: [VIRQ],
  gets: "ports",
  records: ["bind-virq"],
  run: (act, { hold }, [virq]) => bindAndHold(act, "bind-virq", { kind: "virq", virq }, hold),
});
