import { type Act, any, count, DOMAIN, period, verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { explain } from "../lib/explain.ts";
import { type HostStats, lookAtStats } from "../lib/inspect/stats.ts";
import { utcTime } from "../lib/render/time.ts";
import { statsLines, statsRecords } from "../lib/render/stats.ts";

/** `stats [DOM...]` */
export default verb({
  help:
    `Shows what this domain's kernel counts of each device that it drives: events, those in which the driver found no \
work (spurious), and for how long the kernel therefore kept the device's channels masked (EOI delayed). With DOM, the \
devices whose other end is one of these domains. In domain 0 these are the backends. Of frontends the kernel counts \
nothing: they have \`-\`.

Below a device stand its interrupts, with the processors that took them, where their names in /proc/interrupts tell \
whose they are. Nothing tells which port an interrupt is.

  storm   the delay rose in the interval: the other end sends events without work, as a rogue one does (XSA-332)
  silent  connected, and not a single event was counted
  new     the counters began anew in the interval: the device is another one, or new

With --interval it looks again after that time and shows rates a second. Counters of 32 bits that come round are \
followed. The delay is in ms where the kernel tells how long its jiffies are, else in jiffies.

Exit status 1 if the kernel shows no counters: it does since Linux 5.12.`,
  examples: ["stats", "stats 1 --interval 1s -n 5"],
  options: {
    interval: { ...period("Show rates, looking again after this time"), notRecorded: "a snapshot does not change" },
    count: count("With --interval: how many intervals [1]", "n"),
    timeout: TIMEOUT,
  },
  arguments: any(DOMAIN),
  looks: true,
  check({ interval, count }) {
    if (count !== undefined && interval === undefined) throw new UsageError("Cannot use -n without --interval");
    if (interval === 0) throw new UsageError("Cannot look every 0 ms: expected some time, such as 1s");
  },
  records: ["stats", "stats-shared", "stats-cpu"],
  async run(act, { interval, count = 1, timeout }, domains) {
    const view = await viewWithin(act, timeout);
    const { clock, signal } = act;
    let now = await lookAtStats(view, domains, clock);
    if (interval === undefined) await show(act, now, undefined);
    else {
      for (let left = count, due = now.at; left > 0; left--) {
        due = Math.max(due + interval, clock.monotonic());
        if (!await clock.sleep(due - clock.monotonic(), signal)) return;
        const before = now;
        now = await lookAtStats(view, domains, clock);
        await show(act, now, before, left < count);
      }
    }
    await sayUncounted(act, now);
    await saySilence(act, view);
  },
});

async function show(act: Act, now: HostStats, before: HostStats | undefined, again = false): Promise<void> {
  if (act.json) return await act.printAll(statsRecords(now, before));
  const palette = await act.palette();
  const heading = before === undefined ? [] : [palette.dim(utcTime(now.time))];
  const lines = [...heading, ...statsLines(now, before, { palette, width: act.width })];
  await act.printText(`${again ? "\n" : ""}${lines.join("\n")}`);
}

/** Reports the first device whose counters cannot be read: of the others it is the same. */
async function sayUncounted(act: Act, { devices }: HostStats): Promise<void> {
  for (const { counters, path } of devices) {
    if (typeof counters !== "string") continue;
    const message = `Cannot read what the kernel counts of "${path}"`;
    return await act.report(new DeviceError("stats", counters, path, message, explain("stats-counters", counters)));
  }
}
