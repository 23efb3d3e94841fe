/**
 * Verbs that only a script has.
 *
 * @module
 */

import { after } from "../awaitable.ts";
import { parsePeriod } from "../parse.ts";
import { plain } from "./arguments.ts";
import { handleText } from "./handle_name.ts";
import type { Verb } from "./verb.ts";

/** The verbs of this file. */
export const SCRIPT_VERBS: Readonly<Record<string, Verb>> = {
  "open": {
    usage: "open",
    brief: "Open the handle now; without it, it opens at its first use",
    parse(words) {
      plain(words, []);
      return ({ handles }, at) => after(handles.open(at), () => ({ record: { op: "open", handle: handleText(at) } }));
    },
  },
  "close": {
    usage: "close",
    brief: "Close the handle, and with it its ports",
    parse(words) {
      plain(words, []);
      return async ({ handles }, at) => {
        await handles.close(at);
        return { record: { op: "close", handle: handleText(at) } };
      };
    },
  },
  "sleep": {
    usage: "sleep P",
    brief: "Wait",
    parse(words) {
      const milliseconds = parsePeriod(plain(words, ["P"])[0]);
      return async ({ carrier, signal }) => {
        await carrier.clock.sleep(milliseconds, signal);
        return { record: { op: "sleep", milliseconds } };
      };
    },
  },
  "print": {
    usage: "print ARGS...",
    brief: "Print the words",
    parse(words) {
      const text = words.join(" ");
      return () => ({ record: { op: "print", text }, text });
    },
  },
};
