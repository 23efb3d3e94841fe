import { type Act, flag, period, value, values, verb, word } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { counted } from "../lib/render/count.ts";
import { parseRecording } from "../lib/replay/recording.ts";
import { bindPlan, type Mapping, parseMapping, planReplay, play } from "../lib/replay/replay.ts";

/** `replay FILE|-` */
export default verb({
  help: "Notifies the channels of a recording, which `watch --json` printed, in the same order and with the same " +
    "spacing. The whole recording is read, and every channel bound, before the first event is sent. Events " +
    "that a bind caused are left out, because binding causes them again. So are records that are no events, as " +
    "`run --json` prints them among those of its `watch`.",
  usage: ["FILE", "-"],
  examples: ["replay events.jsonl", "replay - --map 5:12=1:any --speed 10"],
  options: {
    map: values(parseMapping, "FROM=TO", "Send the events of one channel on another; may be repeated"),
    speed: value(parseSpeed, "N", "Play N times as fast [1]"),
    noWait: flag("Ignore the spacing: send as fast as possible"),
    maxGap: period("The longest time between two events"),
    delay: period("Wait before the first event, so that peers can bind [0s]"),
  },
  arguments: [word("FILE", "The recording; - is standard input")],
  check({ map, noWait, speed, maxGap }) {
    refuseTwice(map);
    if (!noWait || (speed ?? maxGap) === undefined) return;
    throw new UsageError("Cannot use --no-wait with --speed or --max-gap: there is no spacing to change");
  },
  records: ["replay"],
  needs: ["files"],
  async run(act, { map, noWait, speed, maxGap, delay }, [file]) {
    const input = await act.read(file);
    if (input === undefined) return;
    const recording = parseRecording(input.text, input.name);
    const plan = planReplay(recording, new Map(map), { wait: !noWait, speed, maxGap, delay });
    const handle = await act.handle();
    const bound = await bindPlan(handle, plan);
    if (!act.json) {
      for (const { port, channel } of bound.bindings) await act.say(`replay: port ${port} (${channel})`);
    }
    const events = await play(handle, bound, { clock: act.clock, signal: act.signal, ...act.progress });
    if (act.signal.aborted) return;
    const { skipped, overflows, others } = recording;
    if (overflows > 0 && !act.json) await sayLost(act, overflows);
    await act.print({ op: "replay", events, skipped, overflows, others });
  },
});

/** @throws {UsageError} If two mappings are of one channel. */
function refuseTwice(map: readonly Mapping[] = []): void {
  const channels = map.map(([from]) => from);
  const twice = channels.find((from, i) => channels.indexOf(from) < i);
  if (twice !== undefined) throw new UsageError(`Cannot map ${twice} twice: its events go to one channel`);
}

function sayLost(act: Act, overflows: number) {
  return act.say(`replay: the recording lacks events at ${counted(overflows, "place")}: a ring overflowed there`);
}

function parseSpeed(text: string): number {
  const speed = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new UsageError(`Cannot use "${text}" as a speed: expected a number above 0, such as 10 or 0.5`);
}
