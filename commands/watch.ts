import { sayOverflow, saySkipped } from "../lib/cli/lost.ts";
import { handleWithPorts } from "../lib/cli/ports.ts";
import { any, CHANNEL, choice, count, flag, period, verb, words } from "../lib/cli/verb.ts";
import { DeviceError } from "../lib/errors.ts";
import { bindAll } from "../lib/handle/bind.ts";
import { isShared } from "../lib/handle/shared.ts";
import { watchHandle } from "../lib/handle/watch_shared.ts";
import { bannerText, eventLines, type Origin } from "../lib/render/events.ts";
import { parseFormat } from "../lib/render/format.ts";
import { type Palette, PLAIN } from "../lib/render/human.ts";
import { TIME_STYLES, type TimeStyle } from "../lib/render/time.ts";
import type { Port } from "../lib/types.ts";
import { Status } from "../lib/cli/failure.ts";

/** `watch [CHANNEL...]` */
export default verb({
  help: "Binds the channels that are not bound yet, prints a line for each event, and unmasks the port after the " +
    "line is written. Without channels it watches every port of the handle. Lost events are always reported.",
  examples: ["watch virq:dom_exc 5:12", "watch 5:12 -n 1 --timeout 10s"],
  options: {
    numEvents: count("End after N events", "n"),
    timeout: period("End after that time"),
    idleTimeout: period("End after that time without an event"),
    time: choice(TIME_STYLES, "How to write the time of the read(2) [utc]", "t"),
    format: words("FORMAT", "%p port %c channel %k kind %d %r remote %n number %S %U %L %D time %%", "F"),
    quiet: flag("Print no events", "q"),
    banner: flag("Print a line on stderr when everything is bound"),
    noUnmask: flag("Leave ports masked after their event, so each fires once"),
  },
  arguments: any(CHANNEL),
  gets: "ports",
  check: ({ time, format }, _channels, json) => void layoutOf({ json, time, format }),
  records: ["pending", "overflow"],
  async run(act, { numEvents: limit, timeout, idleTimeout, time, format, quiet, banner, noUnmask }, channels) {
    const { json, line, op, signal, patientClock: clock } = act;
    const palette = await act.palette();
    const start = clock.now();
    const handle = await handleWithPorts(act, channels);
    const origin = { domain: act.namesDomains && isShared(handle) ? handle.domain : undefined, line };
    // In a script, the --json of the whole run overrides --time and --format of the statement.
    const lines = layoutOf(json ? { json } : { time, format }, palette, start, origin);
    const bindings = await bindAll(handle, op, channels);
    const ports = new Set<Port>();
    let seen = 0;
    const end = await watchHandle(
      handle,
      { bindings, limit, timeout, idleTimeout, unmask: !noUnmask },
      {
        begun: () => banner ? act.say(bannerText(bindings)) : undefined,
        async pending(time, events) {
          seen += events.length;
          for (const { port } of events) ports.add(port);
          if (!quiet) await act.write(lines.events(time, events));
        },
        overflow: (time) => quiet ? sayOverflow(act) : act.write(lines.overflow(time)),
        skipped: saySkipped(act),
      },
      clock,
      signal,
    );
    if (limit === undefined || end !== "timeout") {
      return { ports: [...ports] };
    }
    const hint = seen === 0 ? "none came" : `${seen} came`;
    const what = limit === 1 ? "an event" : `${limit} events`;
    const fault = new DeviceError(op, "ETIMEDOUT", "handle", `Cannot see ${what} in time`, hint);
    return { status: Status.TIMEOUT, fault };
  },
});

/** @throws {UsageError} If the options contradict each other. */
function layoutOf(
  { json, time, format }: { json?: boolean; time?: TimeStyle; format?: string },
  palette: Palette = PLAIN,
  start = 0,
  origin: Origin = {},
) {
  const layout = { json, time, format: format === undefined ? undefined : parseFormat(format) };
  return eventLines(layout, palette, start, origin);
}
