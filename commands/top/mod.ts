import { command, type CommandAct } from "../../lib/cli/command_act.ts";
import { handleWithPorts } from "../../lib/cli/ports.ts";
import { any, CHANNEL, choice, count, period } from "../../lib/cli/verb.ts";
import { UsageError } from "../../lib/errors.ts";
import { TopCount } from "./count.ts";
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
one. The event that a bind causes is not counted.

Keys: q quits; r t l p sort by rate, total, last, port, and a second press reverses the order; space pauses; + and -
change the interval. If standard output is no terminal, or with --json, it prints a line for each port at each
interval.`,
  examples: ["top 5:12 virq:tbuf", "top --sort total --refreshes 10"],
  options: {
    interval: period("The time between two updates [1s]"),
    refreshes: count("End after N updates", "n"),
    sort: choice(SORT_KEYS, "The column to sort by [rate]"),
  },
  arguments: any(CHANNEL),
  check({ interval = INTERVAL }) {
    if (interval < LEAST) throw new UsageError(`Cannot look every ${interval} ms: expected at least ${LEAST}ms`);
  },
  records: ["top", "overflow"],
  async run(act, { interval = INTERVAL, refreshes = Infinity, sort = "rate" }, channels) {
    const { signal } = act;
    const handle = await handleWithPorts(act, channels);
    const counting = await TopCount.begin(act, handle, channels, signal);
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
  counting: TopCount,
  display: TopDisplay,
  looks: number,
  signal: AbortSignal,
): Promise<void> {
  let last = clock.monotonic();
  for (let left = looks; left > 0 && !signal.aborted && !counting.ended && !display.left;) {
    const due = last + display.interval;
    const woken = AbortSignal.any([signal, counting.over, display.wake]);
    if (!await clock.sleep(Math.max(0, due - clock.monotonic()), woken)) continue;
    await counting.refresh();
    last = clock.monotonic();
    counting.top.tick(last);
    await display.show();
    left--;
  }
}
