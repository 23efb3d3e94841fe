import { statement } from "../lib/script/statement_act.ts";

/** `open` */
export default statement({
  help: "Opens the handle now; without it, it opens at its first use.",
  async run(act) {
    await act.open();
    act.print({ op: "open", handle: act.handleName });
  },
});
