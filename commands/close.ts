import { statement } from "../lib/script/statement_act.ts";

/** `close` */
export default statement({
  help: "Closes the handle and its ports.",
  examples: ["close", "@1/b close"],
  records: ["close"],
  async run(act) {
    await act.close();
    act.print({ op: "close", handle: act.handleName });
  },
});
