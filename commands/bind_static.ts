import { bindAndHold, HOLD } from "../lib/cli/hold.ts";
import { PORT, verb } from "../lib/cli/verb.ts";

/** `bind-static PORT` */
export default verb({
  help: "Binds a port that Xen made at boot: one end of a channel that a dom0less device tree lists as " +
    "`xen,evtchn-v1`. Prints the port on stdout and holds it until a signal. Xen keeps the channel when the port is " +
    "unbound or its handle is closed: it can be bound again. Linux has this call from 6.6 on.",
  examples: ["bind-static 9", "bind-static 9 --hold 10s"],
  options: HOLD,
  arguments: [PORT],
  gets: "ports",
  records: ["bind-static"],
  run: (act, { hold }, [port]) => bindAndHold(act, "bind-static", { kind: "port", port }, hold),
});
