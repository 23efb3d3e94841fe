/** How long a verb waits for xenstored, and what it says if that was too short. @module */

import { UsageError } from "../errors.ts";
import { parsePeriod } from "../parse.ts";
import { type HostView, STORE_TIMEOUT } from "../view/host_view.ts";
import { type Act, value } from "./verb.ts";

/** The option `--timeout` of verbs that read xenstore, in milliseconds. */
export const TIMEOUT = value(parseTimeout, "PERIOD", "How long xenstored may send nothing before it is given up [5s]");

function parseTimeout(text: string): number {
  const milliseconds = parsePeriod(text);
  if (milliseconds > 0) return milliseconds;
  throw new UsageError(`Cannot wait ${text} for xenstored: expected some time, such as 5s`);
}

/** The view of the host, in which xenstored may be silent for `timeout` milliseconds. */
export async function viewWithin(act: Act, timeout = STORE_TIMEOUT): Promise<HostView> {
  const view = await act.view();
  await view.setStoreTimeout(timeout);
  return view;
}

/** Says on stderr that what xenstore knows is missing, if xenstored was given up. */
export async function saySilence(act: Act, { silent }: HostView): Promise<void> {
  if (silent === undefined) return;
  await act.say(
    `${act.op}: xenstored does not answer, or is slow: names and devices are missing; --timeout gives it more time`,
  );
}
