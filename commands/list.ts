import { type Act, any, DOMAIN, flag, verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import type { LiveBits } from "../lib/decode/live.ts";
import { DeviceError } from "../lib/errors.ts";
import { askedList, listPorts, withBits } from "../lib/inspect/list.ts";
import { lostBits } from "../lib/render/bits.ts";
import { domainText, portRecords } from "../lib/render/list.ts";
import type { HostView } from "../lib/view/host_view.ts";

/** `list [DOM...]` */
export default verb({
  help: "Shows every port of a domain as Xen has it: state, vCPU, and what it is bound to. Where xenstore answers, " +
    "it adds the remote domain's name, the device, and which of its channels it is (`vif/0 q1 tx`). On a terminal, " +
    "long names are cut (`...`) so that the table fits. Without DOM it shows this domain; only the control " +
    "domain may see others. It asks through /dev/xen/privcmd and changes nothing. --pending adds whether an event " +
    "waits at the port, and whether it is masked, as Xen has them now, in the control domain alone. For that it " +
    "presses Xen's debug key e and reads what that prints: the text stays in Xen's console ring, and goes to its " +
    "serial console too, where a host with thousands of ports takes seconds.",
  usage: ["[DOM...]", "--all"],
  examples: ["list 1 2", "list --all --wide", "list --pending 1"],
  options: {
    all: flag("Every domain in xenstore; without xenstore, every domain that Xen knows", "a"),
    pending: flag("Also whether an event waits at each port, and whether it is masked", "p"),
    wide: flag("Cut no names to make a table fit the terminal", "w"),
    timeout: TIMEOUT,
  },
  arguments: any(DOMAIN),
  looks: true,
  check: ({ all = false }, domains) => void askedList(all, domains),
  records: ["list"],
  async run(act, { all = false, pending, wide, timeout }, domains) {
    const view = await viewWithin(act, timeout);
    const palette = await act.palette();
    const width = wide ? undefined : act.width;
    const several = all || domains.length > 1;
    const live = pending ? await lookOrReport(act, view) : undefined;
    let [above, unknown, ports] = ["", 0, 0];
    for await (const each of listPorts(view, askedList(all, domains))) {
      if (each instanceof Error) {
        await act.report(each);
        continue;
      }
      const list = live === undefined ? each : withBits(each, live);
      ports += list.ports.length;
      if (live?.whole === false) unknown += list.ports.filter(({ bits }) => bits === undefined).length;
      if (act.json) await act.printAll(portRecords(list));
      else await act.printText(above + domainText(list, several, palette, width));
      above = "\n";
    }
    await saySilence(act, view);
    if (unknown > 0) await act.report(lostBits(unknown, ports));
  },
});

/** Undefined if it is refused, which is reported: the ports are listed all the same. */
async function lookOrReport(act: Act, view: HostView): Promise<LiveBits | undefined> {
  try {
    return await (await import("../lib/decode/live.ts")).lookAtBits(view);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    const { errno, subject, action, hint } = error;
    await act.report(new DeviceError("list", errno, subject, action, hint));
  }
}
