import { CHANNEL, optional, word } from "../lib/cli/verb.ts";
import { channelName } from "../lib/channel.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { watchShared } from "../lib/handle/watch_shared.ts";
import { parseCount, parseNamedChannel, parsePeriod } from "../lib/parse.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `expect CHANNEL [N] within P` */
export default statement({
  help: "Waits until N events of the channel have come; events that came before the statement count. Fails if they " +
    "do not come in time.",
  usage: ["CHANNEL [N] within P"],
  examples: ["expect 27 within 1s", "expect virq:tbuf within 500ms"],
  arguments: [
    CHANNEL,
    optional({ ...word("N", "How many [1]"), parse: (text: string) => parseCount(text) }),
    {
      placeholder: "P",
      brief: "How long to wait",
      parse: (text: string) => ({ text, timeout: parsePeriod(text) }),
    },
  ],
  gets: "ports",
  parse(words) {
    const within = words.indexOf("within");
    if (within < 0) throw new UsageError("Cannot wait without a limit: `within P` is missing");
    const [channel, count, ...more] = words.slice(0, within);
    const [period = "", ...rest] = words.slice(within + 1);
    if (channel === undefined) throw new UsageError("CHANNEL is missing");
    const extra = more[0] ?? rest[0];
    if (extra !== undefined) throw new UsageError(`Cannot make sense of "${extra}": there is a word too many`);
    const wanted = count === undefined ? 1 : parseCount(count);
    return [parseNamedChannel(channel), wanted, { text: period, timeout: parsePeriod(period) }] as const;
  },
  records: ["expect"],
  async run(act, _options, [channel, wanted = 1, within]) {
    const { clock, signal } = act;
    const handle = await act.handle();
    const binding = await handle.findOrBind("expect", channel);
    const end = clock.monotonic() + within.timeout;
    let seen = 0;
    const sink = {
      // A stale event belongs to an earlier channel of the port: it is read and not counted.
      pending: (_time: number, events: readonly { stale: boolean }[]) =>
        void (seen += events.filter(({ stale }) => !stale).length),
      overflow: () => {},
    };
    for (let more = true; more;) {
      const timeout = Math.max(0, end - clock.monotonic());
      const options = { bindings: [binding], unmask: true, limit: wanted - seen, timeout };
      const ended = await watchShared(handle, options, sink, clock, signal);
      more = seen < wanted && ended === "limit";
    }
    const { port } = binding;
    const subject = channelName(channel);
    if (seen < wanted) {
      const name = channel.kind === "port" ? `port ${subject}` : subject;
      const what = wanted === 1 ? "an event" : `${wanted} events`;
      const hint = seen === 0 ? "none came" : `${seen} came`;
      throw new DeviceError(
        "expect",
        "ETIMEDOUT",
        subject,
        `Cannot see ${what} of ${name} within ${within.text}`,
        hint,
      );
    }
    act.print({ op: "expect", port, events: seen });
    return { ports: [port] };
  },
});
