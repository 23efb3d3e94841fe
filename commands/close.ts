import { statement } from "../lib/script/statement_act.ts";

/** `close` */
export default statement({
  help: "Closes the handle, and with it its ports.",
  async run(act) {
    await act.close();
    act.print({ op: "close", handle: act.handleName });
  },
});
