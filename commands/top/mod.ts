import { command, type CommandAct } from "../../lib/cli/command_act.ts";
import { handleWithPorts } from "../../lib/cli/ports.ts";
import { any, CHANNEL, choice, count, flag, period } from "../../lib/cli/verb.ts";
import { UsageError } from "../../lib/errors.ts";
import type { Channel } from "../../lib/types.ts";
import { TopCount } from "./count.ts";
import type { HostCount } from "./host.ts";
import { TopLines } from "./lines.ts";
import { TopScreen } from "./screen.ts";
import { type Order, SORT_KEYS, type Top } from "./table.ts";
import type { TopDisplay } from "./display.ts";

/** The default and the shortest interval, milliseconds. */
const [INTERVAL, LEAST] = [1000, 10];

/** `top [CHANNEL...]` */
export default command({
  help: `Binds the channels that are not bound yet and shows how often each port fires: events a second in the last
interval, events in total, the age of the last event, and the recent rates. Without channels it shows every port of the
handle; in a session, every port that the session has bound. It takes events and unmasks ports as watch does, so no
other reader of the handle sees them; in a session every watcher does. Events that come while a port is masked count as
one. The event that a bind causes is not counted. Where Xen and xenstore can be asked, it shows the name of the domain
at the other end and the device.

With --host it also shows the devices of this domain's kernel, by what the kernel counts of each, as \`stats\` does: in
domain 0, of every guest. STORM marks a device whose events the kernel makes wait, as it does when the other end sends
many without work (XSA-332).

Keys: q quits; r t l p sort by rate, total, last, port, and a second press reverses the order; space pauses; + and -
change the interval. If standard output is no terminal, or with --json, it prints a line for each port at each
interval.`,
  examples: ["top 5:12 virq:tbuf", "top --sort total --refreshes 10", "top --host --refreshes 5"],
  options: {
    interval: period("The time between two updates [1s]"),
    host: flag("Also show the devices of this domain's kernel"),
    refreshes: count("End after N updates", "n"),
    sort: choice(SORT_KEYS, "The column to sort by [rate]"),
  },
  arguments: any(CHANNEL),
  check({ interval = INTERVAL }) {
    if (interval < LEAST) throw new UsageError(`Cannot look every ${interval} ms: expected at least ${LEAST}ms`);
  },
  looks: true,
  records: ["top", "top-device", "overflow"],
  async run(act, { interval = INTERVAL, host = false, refreshes = Infinity, sort = "rate" }, channels) {
    const { signal } = act;
    const counting = host ? await countHost(act, channels) : await countChannels(act, channels);
    try {
      const display = await displayOf(act, counting.top, { key: sort, reversed: false }, interval);
      try {
        await look(act, counting, display, refreshes, signal);
      } finally {
        display.close();
      }
    } finally {
      await counting.end();
    }
  },
});

async function countChannels(act: CommandAct, channels: readonly Channel[]): Promise<TopCount> {
  return await TopCount.begin(act, await handleWithPorts(act, channels), channels, act.signal);
}

/** The kernel's devices, and the channels that are named or that the handle has already. */
async function countHost(act: CommandAct, channels: readonly Channel[]): Promise<HostCount> {
  const { HostCount } = await import("./host.ts");
  const counted = channels.length === 0 && act.place === "new" ? undefined : await countChannels(act, channels);
  try {
    return await HostCount.begin(await act.view(), act.clock, counted);
  } catch (error) {
    await counted?.end();
    throw error;
  }
}

async function displayOf(act: CommandAct, top: Top, order: Order, interval: number): Promise<TopDisplay> {
  const { host, json } = act;
  const palette = await act.palette();
  // A dumb terminal has no alternate screen and cannot move its cursor.
  if (json || !host.stdout.terminal || host.env("TERM") === "dumb") {
    return new TopLines(act, top, order, palette, interval);
  }
  return await TopScreen.open(host, top, order, palette, interval);
}

/** Shows the table at the end of each interval, until `looks` are done, the user quits, the signal or an error. */
async function look(
  { clock }: CommandAct,
  counting: TopCount | HostCount,
  display: TopDisplay,
  looks: number,
  signal: AbortSignal,
): Promise<void> {
  let last = clock.monotonic();
  for (let left = looks; left > 0 && !signal.aborted && !counting.ended && !display.left;) {
    const due = last + display.interval;
    const { over } = counting;
    const woken = AbortSignal.any([signal, display.wake, ...over === undefined ? [] : [over]]);
    if (!await clock.sleep(Math.max(0, due - clock.monotonic()), woken)) continue;
    await counting.refresh();
    last = clock.monotonic();
    counting.top.tick(last);
    await display.show();
    left--;
  }
}
