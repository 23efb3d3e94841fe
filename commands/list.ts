import { any, DOMAIN, flag, verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { askedList, listPorts } from "../lib/inspect/list.ts";
import { domainText, portRecords } from "../lib/render/list.ts";

/** `list [DOM...]` */
export default verb({
  help: "Shows every port of a domain as Xen has it: state, vCPU, and what it is bound to. Where xenstore answers, " +
    "it adds the remote domain's name, the device, and which of its channels it is (`vif/0 q1 tx`). On a terminal, " +
    "long names are cut (`...`) so that the table fits. Without DOM it shows this domain; only the control " +
    "domain may see others. It asks through /dev/xen/privcmd and changes nothing.",
  usage: ["[DOM...]", "--all"],
  examples: ["list 1 2", "list --all --wide"],
  options: {
    all: flag("Every domain in xenstore; without xenstore, every domain that Xen knows", "a"),
    wide: flag("Cut no names to make a table fit the terminal", "w"),
    timeout: TIMEOUT,
  },
  arguments: any(DOMAIN),
  looks: true,
  about: ["domain", "port"],
  check: ({ all = false }, domains) => void askedList(all, domains),
  records: ["list"],
  async run(act, { all = false, wide, timeout }, domains) {
    const view = await viewWithin(act, timeout);
    const palette = await act.palette();
    const width = wide ? undefined : act.width;
    const several = all || domains.length > 1;
    let above = "";
    for await (const list of listPorts(view, askedList(all, domains))) {
      if (list instanceof Error) {
        await act.report(list);
        continue;
      }
      if (act.json) await act.printAll(portRecords(list));
      else await act.printText(above + domainText(list, several, palette, width));
      above = "\n";
    }
    await saySilence(act, view);
  },
});
