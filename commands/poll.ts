import { choice, period, verb } from "../lib/cli/verb.ts";
import { type PollChoice, pollHandle } from "../lib/handle/raw.ts";

/** `poll` */
export default verb({
  help: "For those who debug a driver: one poll(2), and the events that came back on one line; an empty line if none " +
    "did. It does not wait unless --timeout says so.",
  options: {
    timeout: period("How long to wait for an event [0s]"),
    events: choice<PollChoice>(["in", "out", "all"], "What to ask for [in]"),
  },
  async run(act, { timeout = 0, events = "in" }) {
    const { signal } = act;
    const revents = await pollHandle(await act.handle(), events, timeout, signal);
    if (revents !== undefined) await act.print({ op: "poll", revents }, revents.join(" "));
  },
});
