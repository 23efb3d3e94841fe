import { any, word } from "../lib/cli/verb.ts";
import { statement } from "../lib/script/statement_act.ts";

/** `print ARGS...` */
export default statement({
  help: "Prints the words, separated by blanks.",
  usage: ["ARGS..."],
  examples: ["print port 27", "print 'a  b'"],
  arguments: any(word("ARGS", "Words")),
  parse: (words) => words,
  records: ["print"],
  run(act, _options, words) {
    const text = words.join(" ");
    act.print({ op: "print", text }, text);
  },
});
