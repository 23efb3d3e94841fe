import { type Act, any, DOMAIN, flag, type Outcome, value, verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { UsageError } from "../lib/errors.ts";
import { askedList, listPorts } from "../lib/inspect/list.ts";
import type { DomainPorts } from "../lib/inspect/summary.ts";
import { counted } from "../lib/render/count.ts";
import { domainText, portRecords } from "../lib/render/list.ts";
import type { Domid } from "../lib/types.ts";
import type { HostView } from "../lib/view/host_view.ts";

/** `list [DOM...]` */
export default verb({
  help: "Shows every port of a domain as Xen has it: state, vCPU, and what it is bound to. Where xenstore answers, " +
    "it adds the remote domain's name, the device, and which of its channels it is (`vif/0 q1 tx`). On a terminal, " +
    "long names are cut (`...`) so that the table fits. Without DOM it shows this domain; only the control " +
    "domain may see others. It asks through /dev/xen/privcmd and changes nothing. " +
    "--summary counts the ports of every domain in xenstore and in Xen, or of those that are given. LIMIT is how " +
    "many a domain can have; with `?` it is what a domain has unless somebody configured another number " +
    "(`max_event_channels`): Xen does not tell. --abi makes it exact for domain 0; the debug key's text stays in " +
    "Xen's console ring. Exit status 3 if a domain uses as much as --limit says.",
  usage: ["[DOM...]", "--all", "--summary [DOM...]"],
  examples: ["list 1 2", "list --all --wide", "list --summary --limit 80%"],
  options: {
    all: flag("Every domain in xenstore; without xenstore, every domain that Xen knows", "a"),
    wide: flag("Cut no names to make a table fit the terminal", "w"),
    summary: flag("Print one line for each domain: ports by state, and its limit", "s"),
    limit: value(parsePercent, "PERCENT", "With --summary: exit status 3 if a domain uses that much of its limit"),
    abi: flag("With --summary: ask Xen for each domain's event ABI, with its debug key e"),
    timeout: TIMEOUT,
  },
  arguments: any(DOMAIN),
  looks: true,
  check({ all = false, summary, limit, abi }, domains) {
    askedList(all, domains);
    if (!summary && limit !== undefined) throw new UsageError("Cannot use --limit without --summary");
    if (!summary && abi) throw new UsageError("Cannot use --abi without --summary");
  },
  records: ["list", "list-summary"],
  async run(act, { all = false, wide, summary, limit, abi = false, timeout }, domains) {
    const view = await viewWithin(act, timeout);
    const palette = await act.palette();
    const width = wide ? undefined : act.width;
    if (summary) return await summarize(act, view, { domains, limit, abi, width });
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

interface Wanted {
  readonly domains: readonly Domid[];
  readonly limit: number | undefined;
  readonly abi: boolean;
  readonly width: number | undefined;
}

async function summarize(act: Act, view: HostView, { domains, limit, abi, width }: Wanted): Promise<Outcome> {
  const [{ summarizePorts }, { isOver, summaryRecord, summaryTable }] = await Promise.all([
    import("../lib/inspect/summary.ts"),
    import("../lib/render/summary.ts"),
  ]);
  const found: DomainPorts[] = [];
  for await (const each of summarizePorts(view, domains, abi)) {
    if (each instanceof Error) await act.report(each);
    else found.push(each);
  }
  if (act.json) await act.printAll(found.map((each) => summaryRecord(each, limit)));
  else await act.printText(summaryTable(found, limit, await act.palette(), width).join("\n"));
  await saySilence(act, view);
  const over = found.filter((each) => isOver(each, limit));
  if (over.length === 0) return {};
  return {
    fault: `${counted(over.length, "domain")} ${over.length === 1 ? "uses" : "use"} ${limit}% of the ports or more`,
  };
}

/** From 1 to 100. */
function parsePercent(text: string): number {
  const percent = /^([1-9][0-9]?|100)%$/.exec(text)?.[1];
  if (percent === undefined) throw new UsageError(`Cannot use "${text}" as a limit: expected 1% to 100%`);
  return Number(percent);
}
