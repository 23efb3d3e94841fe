import { any, DOMAIN, flag, verb } from "../lib/cli/verb.ts";
import { askedList, listPorts } from "../lib/inspect/list.ts";
import { domainText, portRecords } from "../lib/render/list.ts";

/** `list [DOM...]` */
export default verb({
  help: "Every port of a domain as Xen has it, whoever holds it: its state, its vCPU, what it is bound to; with " +
    "xenstore at hand also the remote domain's name and the device. Without DOM it is one's own domain; others are " +
    "shown to the control domain alone. It asks through /dev/xen/privcmd and changes nothing.",
  usage: ["[DOM...]", "--all"],
  options: { all: flag("Every domain that xenstore knows, or Xen where nobody answers for it", "a") },
  arguments: any(DOMAIN),
  looks: true,
  check: ({ all = false }, domains) => void askedList(all, domains),
  async run(act, { all = false }, domains) {
    const view = await act.view();
    const palette = await act.palette();
    const several = all || domains.length > 1;
    let above = "";
    for await (const list of listPorts(view, askedList(all, domains), act.clock)) {
      if (list instanceof Error) {
        await act.report(list);
        continue;
      }
      if (act.json) { for (const record of portRecords(list)) await act.print(record); }
      else await act.printText(above + domainText(list, several, palette));
      above = "\n";
    }
  },
});
