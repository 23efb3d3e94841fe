/**
 * What a watch prints: each batch as one write.
 *
 * @module
 */

import { eventLines } from "../../lib/render/events.ts";
import type { EventFormat } from "../../lib/render/format.ts";
import { PLAIN } from "../../lib/render/human.ts";
import type { Port } from "../../lib/types.ts";
import type { WatchSink } from "../../lib/handle/watch.ts";
import type { Context } from "../../lib/cli/context.ts";
import type { WatchFlags } from "./mod.ts";

/**
 * The sink that prints, in the way that the options ask for.
 *
 * @throws {UsageError} If they contradict each other.
 */
export async function watchPrinter(context: Context, flags: WatchFlags, format?: EventFormat): Promise<WatchSink> {
  const { json, time } = flags;
  const lines = eventLines({ json, time, format }, json ? PLAIN : await context.palette(flags), context.clock.now());
  return {
    async pending(time, events) {
      if (!flags.quiet) await context.host.stdout.write(lines.events(time, events));
    },
    async overflow(time) {
      if (!flags.quiet) await context.host.stdout.write(lines.overflow(time));
      else context.say("watch: events were lost: the ring overflowed");
    },
    skipped: tellSkipped(context),
  };
}

/** Tells, once a port, of events that were taken from the ring and not asked for. */
export function tellSkipped(context: Context): (ports: readonly Port[]) => void {
  const told = new Set<Port>();
  return (ports) => {
    for (const port of ports) {
      if (told.has(port)) continue;
      told.add(port);
      context.say(
        `${context.command}: port ${port} fired too and was not asked for: its event is taken from the ring, and ` +
          "it stays masked",
      );
    }
  };
}
