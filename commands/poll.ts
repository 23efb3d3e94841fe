import { choice, period, verb } from "../lib/cli/verb.ts";
import { type PollChoice, pollHandle } from "../lib/handle/raw.ts";

/** `poll` */
export default verb({
  help: "For debugging a driver: makes one poll(2) and prints the returned events on one line, which is empty if " +
    "none were returned. It waits only with --timeout.",
  examples: ["poll --timeout 1s", "poll --events all"],
  options: {
    timeout: period("How long to wait for an event [0s]"),
    events: choice<PollChoice>(["in", "out", "all"], "What to ask for [in]"),
  },
  records: ["poll"],
  async run(act, { timeout = 0, events = "in" }) {
    const { signal } = act;
    const revents = await pollHandle(await act.handle(), events, timeout, signal);
    if (revents !== undefined) await act.print({ op: "poll", revents }, revents.join(" "));
  },
});
