import { type Act, any, DOMAIN, flag, type Outcome, value, verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import type { LiveBits } from "../lib/decode/live.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { askedList, listPorts, withBits } from "../lib/inspect/list.ts";
import type { DomainPorts } from "../lib/inspect/summary.ts";
import { lostBits } from "../lib/render/bits.ts";
import { counted } from "../lib/render/count.ts";
import { domainText, portRecords } from "../lib/render/list.ts";
import type { Domid } from "../lib/types.ts";
import type { HostView } from "../lib/view/host_view.ts";

/** `list [DOM...]` */
export default verb({
  help: `Shows every port of a domain as Xen has it: state, vCPU, and what it is bound to. Where xenstore answers, it \
adds the remote domain's name, the device, and which of its channels it is (\`vif/0 q1 tx\`). On a terminal, long names \
are cut (\`...\`) so that the table fits. Without DOM it shows this domain; only the control domain may see others. It \
asks through /dev/xen/privcmd and changes nothing.

--pending, in the control domain alone, adds whether an event waits at the port, and whether it is masked, as Xen has \
them now. For that it presses Xen's debug key e and reads what that prints: the text stays in Xen's console ring, and \
goes to its serial console too, where a host with thousands of ports takes seconds.

--summary counts the ports of every domain in xenstore and in Xen, or of those that are given. LIMIT is how many a \
domain can have. With \`?\` it is the usual number, unless somebody configured another (\`max_event_channels\`): Xen does \
not tell. --abi shows each domain's event ABI, with the same debug key, and makes the limit of domain 0 exact. Exit \
status 3 if a domain uses as much as --limit says.`,
  usage: ["[DOM...]", "--all", "--summary [DOM...]"],
  examples: ["list 1 2", "list --all --wide", "list --pending 1", "list --summary --limit 80%"],
  options: {
    all: flag("Every domain in xenstore; without xenstore, every domain that Xen knows", "a"),
    pending: flag("Also whether an event waits at each port, and whether it is masked", "p"),
    wide: flag("Cut no names to make a table fit the terminal", "w"),
    summary: flag("Print one line for each domain: ports by state, and its limit", "s"),
    limit: value(parsePercent, "PERCENT", "With --summary: exit status 3 if a domain uses that much of its limit"),
    abi: flag("With --summary: ask Xen for each domain's event ABI, with its debug key e"),
    timeout: TIMEOUT,
  },
  arguments: any(DOMAIN),
  looks: true,
  about: ["domain", "port"],
  check({ all = false, pending, summary, limit, abi }, domains) {
    askedList(all, domains);
    if (summary && pending) {
      throw new UsageError("Cannot use --summary and --pending together: bits are those of ports");
    }
    if (!summary && limit !== undefined) throw new UsageError("Cannot use --limit without --summary");
    if (!summary && abi) throw new UsageError("Cannot use --abi without --summary");
  },
  records: ["list", "list-summary"],
  async run(act, { all = false, pending, wide, summary, limit, abi = false, timeout }, domains) {
    const view = await viewWithin(act, timeout);
    const palette = await act.palette();
    const width = wide ? undefined : act.width;
    if (summary) return await summarize(act, view, { domains, limit, abi, width });
    const several = all || domains.length > 1;
    const looked = pending ? await lookOrRefuse(view) : undefined;
    const [live, refused] = looked instanceof Error ? [undefined, looked] : [looked];
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
    if (refused !== undefined) await act.report(refused);
    if (unknown > 0) await act.report(lostBits(unknown, ports));
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

/** An error if it is refused: the ports are listed all the same. */
async function lookOrRefuse(view: HostView): Promise<LiveBits | DeviceError> {
  try {
    return await (await import("../lib/decode/live.ts")).lookAtBits(view);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    const { errno, subject, action, hint } = error;
    return new DeviceError("list", errno, subject, action, hint);
  }
}
