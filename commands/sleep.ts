import { parsePeriod } from "../lib/parse.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `sleep P` */
export default statement({
  help: "Waits. On a simulated host of the script's own it takes no real time.",
  examples: ["sleep 100ms", "sleep 5m"],
  arguments: [{ placeholder: "P", brief: "A whole number and a unit: us, ms, s or m", parse: parsePeriod }],
  records: ["sleep"],
  async run(act, _options, [milliseconds]) {
    await act.clock.sleep(milliseconds, act.signal);
    act.print({ op: "sleep", duration_us: Math.round(milliseconds * 1000) });
  },
});
