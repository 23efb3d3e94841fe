import { type Act, any, choice, DOMAIN, flag, type Outcome, period, verb } from "../../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../../lib/cli/store_timeout.ts";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import type { ResultRecord } from "../../lib/records.ts";
import { pieces } from "../../lib/render/line.ts";
import { lostBits } from "../../lib/render/bits.ts";
import { channelRecord, countChannels, faultOf, unreadRecord } from "../../lib/render/wiring.ts";
import { wiringTree } from "../../lib/render/wiring_tree.ts";
import type { Domid } from "../../lib/types.ts";
import type { HostView } from "../../lib/view/host_view.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { type HostWiring, isFine } from "../../lib/wiring/types.ts";

/** After how long --watch tells again that a device waits, milliseconds; a Linux guest has the last one's patience. */
const WAITS = [10_000, 60_000, 270_000] as const;

const FORMATS = ["tree", "dot", "svg", "mermaid"] as const;

interface Layout {
  readonly format: typeof FORMATS[number];
  readonly quiet: boolean;
  readonly summary: boolean;
  readonly queues: boolean;
}

/** `wiring [DOM...]` */
export default verb({
  help:
    `For each frontend of a domain: the ports that it wrote to xenstore, their state in Xen, the backend's ports, the \
states of both ends, and a verdict.

Without DOM: every domain in xenstore if run in domain 0, elsewhere this domain.

  ok         bound, both ends connected
  idle       unplugged, bound on demand, or its network interface is down: nothing is wrong
  waiting    an end is not connected yet, or no longer
  unwritten  the frontend has written no port
  invalid    the frontend has written a value that is no port
  closed     Xen has the port as closed
  unbound    both ends say connected, but no other end is bound to the port
  elsewhere  the port is not a channel to this backend, or the backend is another device's
  gone       the domain at the other end, or the frontend's own, does not exist
  shared     several devices claim the port
  stuck      an event waits at one end, and nothing moved within --settle
  unknown    Xen could not be asked, or the domain's part of xenstore not read

Of a device that is not connected a line says which end owes the next step (InitWait, Initialised or Connected; \
Closing or Closed where it is taken away), as Linux' drivers take turns, and the most telling of the nodes \
hotplug-error, hotplug-status, error and online; --json has all of them. --watch tells each step, how long it took, \
and after 10, 60 and 270 seconds that the device still waits: a Linux guest that boots waits for 270 seconds, \
for a vkbd or vfb 30, and goes on without it.

This kernel counts the events of its backends (Linux 5.12). A line below a connected device says that none was ever \
counted, not even the one that a bind causes.

In the control domain it also looks at the pending and mask bits that Xen has of each port, and again after --settle \
where an event waits. For that it presses Xen's debug key e, whose text stays in Xen's console ring and goes to its \
serial console too: --no-bits leaves it, and --watch never does it. On a host with more than 32 domains Xen may \
print for seconds on a serial console. There wiring looks only with --settle, unless Xen's console is known to be \
quick (console=vga).

With --all also the channels that belong to no device: servers of vchans in data/vchan, what a device model or a \
monitor has bound to Xen itself, interrupts of the machine that /proc/interrupts names, and, as "unnamed", those of \
which nothing tells what they are for.

If xenstored does not answer in time, the channels that Xen has are shown, as unknown and without the names of devices.

Of a device with more than 1024 channels the rest is left out; the tree and the records ("cut") show how many.

Exit status 0 if every channel is ok or idle, 3 if one is anything else, 1 if nothing worse was found than \
unknown channels and domains. --watch runs until a signal, as \`watch\` does. It looks again \
when xenstore changes, at each domain at most twice a second, and with --interval also in between, because Xen does \
not report port changes.`,
  examples: ["wiring 1", "wiring --summary", "wiring --all 0", "wiring --watch --interval 2s"],
  options: {
    format: { ...choice(FORMATS, "How to draw it [tree]"), whole: true },
    summary: flag("Print one line for each domain", "s"),
    all: flag("Also channels that belong to no device: vchans, interrupts, and those without a name", "a"),
    queues: flag("In a picture: draw each queue of a device, not one edge for all"),
    quiet: flag("Print only what is wrong", "q"),
    noBits: flag("Do not look at pending and mask bits, so that no channel is stuck"),
    settle: {
      ...period("How long an event has to wait for its channel to be stuck [200ms]"),
      notRecorded: "a snapshot is one look, in which no channel is stuck",
    },
    watch: { ...flag("Then print what changes, until a signal", "w"), notRecorded: "a snapshot does not change" },
    interval: period("With --watch: also look again at this interval"),
    timeout: TIMEOUT,
  },
  arguments: any(DOMAIN),
  looks: true,
  about: ["domain", "device", "key"],
  check({ format = "tree", summary, all, queues, quiet, watch, interval, noBits, settle }, _domains, json) {
    const clash = format === "tree"
      ? undefined
      : json
      ? ["--json", "records have one form"]
      : watch
      ? ["--watch", "a picture does not go on"]
      : summary
      ? ["--summary", "a picture shows devices"]
      : quiet
      ? ["--quiet", "a picture shows everything"]
      : undefined;
    if (clash) throw new UsageError(`Cannot use ${clash[0]} and --format ${format} together: ${clash[1]}`);
    if (summary && watch) {
      throw new UsageError("Cannot use --summary and --watch together: changes are those of channels");
    }
    if (all && watch) throw new UsageError("Cannot use --all and --watch together: changes are those of devices");
    if (queues && format === "tree") throw new UsageError("Cannot use --queues without a picture, as --format svg");
    if (interval !== undefined && !watch) throw new UsageError("Cannot use --interval without --watch");
    if (settle !== undefined && (noBits || watch)) {
      throw new UsageError(`Cannot use --settle and --${watch ? "watch" : "no-bits"} together: no bits are looked at`);
    }
    if (settle === 0) throw new UsageError("Cannot look again after 0 ms: expected some time, such as 200ms");
    if (interval === 0) throw new UsageError("Cannot look every 0 ms: expected some time, such as 2s");
  },
  records: [
    "wiring",
    "wiring-unread",
    "wiring-summary",
    "wiring-change",
    "wiring-step",
    "wiring-removed",
    "wiring-readable",
    "wiring-lost",
  ],
  async run(
    act,
    {
      format = "tree",
      summary = false,
      all = false,
      queues = false,
      quiet = false,
      watch,
      interval,
      timeout,
      noBits,
      settle,
    },
    domains,
  ) {
    const layout = { format, summary, queues, quiet };
    const view = await viewWithin(act, timeout);
    if (watch) return await follow(act, view, layout, domains, interval);
    const { signal } = act;
    const { withSilent } = await import("../../lib/wiring/silent.ts");
    const found = await withSilent(view, await lookAtWiring(view, domains, all));
    // A recording is one look, and an event in delivery is pending for a moment too.
    const wiring = noBits || act.recorded ? found : await withStuck(act, view, found, { settle, quiet });
    if (!signal.aborted) return await show(act, view, wiring, layout);
  },
});

/** Milliseconds between two looks, if nobody says otherwise: an event in delivery takes much less. */
const SETTLE = 200;

/** Says on stderr why Xen's bits are not seen: not in a guest, which never sees them, and not with --quiet. */
async function withStuck(
  act: Act,
  view: HostView,
  found: HostWiring,
  { settle, quiet }: { readonly settle: number | undefined; readonly quiet: boolean },
): Promise<HostWiring> {
  const [{ lookForStuck }, { slowToPrint }] = await Promise.all([
    import("../../lib/wiring/stuck.ts"),
    import("../../lib/wiring/serial_console.ts"),
  ]);
  const many = settle === undefined ? await slowToPrint(view) : undefined;
  if (many !== undefined) {
    if (!quiet) {
      await act.say(
        `wiring: pending events are not looked at: Xen would print the ports of ${many} domains on a serial console; ` +
          "--settle 200ms looks",
      );
    }
    return found;
  }
  const { wiring, refused, missing } = await lookForStuck(view, found, {
    settle: settle ?? SETTLE,
    clock: act.clock,
    signal: act.signal,
  });
  if (quiet) return wiring;
  if (refused !== undefined && refused.errno !== "EPERM") {
    await act.say(`wiring: pending events are not seen: ${refused.message}; --no-bits does without`);
  }
  if (missing > 0) {
    const { action, hint } = lostBits(missing, 2 * countChannels(wiring).all);
    await act.say(`wiring: ${action}; ${hint}`);
  }
  return wiring;
}

async function show(act: Act, view: HostView, wiring: HostWiring, layout: Layout): Promise<Outcome> {
  const { unseen } = wiring;
  if (unseen !== undefined) {
    const { errno, subject, action, hint } = unseen;
    await act.report(new DeviceError("wiring", errno, subject, `Xen's side is unknown: ${action}`, hint));
  }
  if (act.json) {
    const all = layout.summary ? await summaryRecords(wiring, layout.quiet) : records(wiring, layout.quiet);
    await act.printAll(all);
  } else for (const piece of pieces(await draw(act, wiring, layout))) await act.write(piece);
  await saySilence(act, view);
  const fault = faultOf(wiring);
  return { fault: typeof fault === "string" || unseen !== undefined ? fault : view.silent ?? fault };
}

function* records({ domains }: HostWiring, faultsOnly: boolean): Generator<ResultRecord, void> {
  for (const { domain, channels, unread } of domains) {
    if (unread !== undefined) yield { op: "wiring", ...unreadRecord(domain, unread) };
    for (const channel of channels) {
      if (!faultsOnly || !isFine(channel.verdict)) yield { op: "wiring", ...channelRecord(channel) };
    }
  }
}

/** The lines of what is shown, without newlines. */
async function draw(
  act: Act,
  wiring: HostWiring,
  { format, summary, queues, quiet }: Layout,
): Promise<Iterable<string>> {
  const palette = await act.palette();
  if (format !== "tree") {
    return await (await import("./pictures.ts")).picture(format, wiring, { queues, ascii: palette.ascii === true });
  }
  const layout = { palette, width: act.width, faultsOnly: quiet };
  return summary ? (await loadSummary()).wiringSummary(wiring, layout) : wiringTree(wiring, layout);
}

async function summaryRecords(wiring: HostWiring, faultsOnly: boolean): Promise<ResultRecord[]> {
  return (await loadSummary()).summaries(wiring, faultsOnly).map((each) => ({ op: "wiring", ...each }));
}

const loadSummary = () => import("../../lib/render/wiring_summary.ts");

async function follow(
  act: Act,
  view: HostView,
  layout: Layout,
  domains: readonly Domid[],
  interval: number | undefined,
): Promise<void> {
  const [{ changeLines }, { followWiring }] = await Promise.all([
    import("../../lib/render/wiring_changes.ts"),
    import("../../lib/wiring/follow.ts"),
  ]);
  const { clock, patientClock, signal } = act;
  const changeLayout = { json: act.json, quiet: layout.quiet, palette: await act.palette(), line: act.line };
  let lines = changeLines(changeLayout);
  // On a script's own simulated host nothing can change while this statement runs: end when nothing more can happen.
  const over = new AbortController();
  const simulated = patientClock !== clock;
  if (simulated) void patientClock.sleep(Infinity, signal).then(() => over.abort());
  await followWiring(
    view,
    { domains, ...simulated ? {} : { interval, waits: WAITS } },
    {
      async begin(wiring) {
        lines = changeLines(changeLayout, wiring.domains.flatMap(({ channels }) => channels));
        await show(act, view, wiring, layout);
      },
      async changed(changes) {
        const now = clock.now();
        const ofDomain = Map.groupBy(
          changes,
          (each) => "domain" in each ? each.domain : each.channel.claim.domain,
        );
        for (const each of ofDomain.values()) await act.write(lines(now, each));
      },
    },
    clock,
    AbortSignal.any([signal, over.signal]),
  );
}
