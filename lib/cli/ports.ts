/** The handle of a verb that shows every port if no channels are named. @module */

import { UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Channel } from "../types.ts";
import type { Act } from "./verb.ts";

/** @throws {UsageError} If no channels are named and the handle has no ports. */
export async function handleWithPorts(act: Act, channels: readonly Channel[]): Promise<EventChannelDevice> {
  const { op } = act;
  if (channels.length === 0 && act.place === "new") {
    throw new UsageError(
      `Cannot ${op} nothing: this handle is new and has no ports`,
      "name channels to bind, such as virq:dom_exc or 5:12, or a handle that has some (--fd, --session)",
    );
  }
  const handle = await act.handle();
  if (channels.length === 0 && handle.exclusive && handle.bindings.size === 0) {
    throw new UsageError(`Cannot ${op} nothing: this handle has no ports`, "name channels, such as virq:tbuf or 5:12");
  }
  return handle;
}
