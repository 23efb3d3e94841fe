/**
 * The verb that measures round trips.
 *
 * @module
 */

import { parseChannel, parseCount, parsePeriod } from "../parse.ts";
import type { PingOptions } from "../ping/ping.ts";
import { refuseNoTime, refuseVirq } from "../ping/target.ts";
import { expectWords, takeOptions, valueOf } from "./arguments.ts";
import { onHandle, type Verb } from "./verb.ts";

/** Requests and milliseconds, where no option says. */
const [COUNT, SECOND] = [10, 1000];

/** What does it, loaded when it is called for: Deno reads what a literal import names before the program starts. */
const STATEMENT = import.meta.resolve("./ping_statement.ts");

/** The verbs of this file. */
export const PING_VERBS: Readonly<Record<string, Verb>> = {
  "ping": {
    usage: "ping [--count N] [--interval P] [--timeout P] [CHANNEL]",
    brief: "Measure round trips over a channel, to oneself without one; in a simulated script they take no time",
    parse(words) {
      const { options, rest } = takeOptions(words, { string: ["count", "interval", "timeout"], alias: { n: "count" } });
      expectWords(rest, ["CHANNEL"], 0);
      const [word] = rest;
      const channel = word === undefined ? undefined : parseChannel(word);
      refuseVirq(channel);
      const plan: PingOptions = {
        count: valueOf(options.count, (text) => parseCount(text)) ?? COUNT,
        interval: valueOf(options.interval, parsePeriod) ?? SECOND,
        timeout: refuseNoTime(valueOf(options.timeout, parsePeriod)) ?? SECOND,
        warmup: 1,
        patient: false,
      };
      return onHandle(async (handle, scope) => {
        const { pings }: typeof import("./ping_statement.ts") = await import(STATEMENT);
        return await pings(handle, channel, plan, scope);
      });
    },
  },
};
