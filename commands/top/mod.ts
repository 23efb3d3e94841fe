import { command, type CommandAct } from "../../lib/cli/command_act.ts";
import { handleWithPorts } from "../../lib/cli/ports.ts";
import { any, CHANNEL, choice, count, period } from "../../lib/cli/verb.ts";
import { UsageError } from "../../lib/errors.ts";
import { TopCount } from "./count.ts";
import { TopLines } from "./lines.ts";
import { TopScreen } from "./screen.ts";
import { type Order, SORT_KEYS, type Top } from "./table.ts";
import type { TopDisplay } from "./display.ts";

/** Milliseconds between two looks: where no option says, and the least. */
const [INTERVAL, LEAST] = [1000, 10];

/** `top [CHANNEL...]` */
export default command({
  help: `Binds what is not bound yet, and shows how often each port fires: events a second in the last interval,
events in all, how long ago the last one was, and how it went lately. Without channels: every port of the handle, in a
session all that it has bound. It takes events and lets the ports fire again as watch does, so that nobody else sees
them, but in a session everybody does. Events that come while a port is masked are one; the event that binding causes
is not counted.

Keys: q leaves, r t l p sort by rate, total, last, port, and once more the other way round, space pauses, + and - change
the interval. Where standard output is no terminal, and with --json, it prints a line a port each interval.`,
  options: {
    interval: period("From one look to the next [1s]"),
    refreshes: count("End after so many looks", "n"),
    sort: choice(SORT_KEYS, "What comes first [rate]"),
  },
  arguments: any(CHANNEL),
  check({ interval = INTERVAL }) {
    if (interval < LEAST) throw new UsageError(`Cannot look every ${interval} ms: expected at least ${LEAST}ms`);
  },
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
  // A dumb terminal has no second screen and cannot move its cursor.
  if (json || !host.stdout.terminal || host.env("TERM") === "dumb") {
    return new TopLines(act, top, order, palette, interval);
  }
  return await TopScreen.open(host, top, order, palette, interval);
}

/** Shows the table at the end of each interval, until the last of the looks, the user, the signal or an error. */
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
