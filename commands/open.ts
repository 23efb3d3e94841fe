import { statement } from "../lib/script/statement_act.ts";

/** `open` */
export default statement({
  help: "Opens the handle now. Without it, a handle is opened at its first use.",
  examples: ["open", "@1/b open"],
  records: ["open"],
  async run(act) {
    await act.open();
    act.print({ op: "open", handle: act.handleName });
  },
});
