import { after } from "../lib/awaitable.ts";
import { type Act, PORT, some, verb } from "../lib/cli/verb.ts";
import type { EventChannelDevice } from "../lib/handle/handle.ts";
import type { Awaitable, Port } from "../lib/types.ts";

/** `unbind PORT...` */
export default verb({
  help: "Closes ports of a handle that outlives this command: the shell's (--fd), a session's or a script's.",
  examples: ["unbind 27", "unbind 27 28"],
  arguments: some(PORT),
  records: ["unbind"],
  run: (act, _options, [first, ...more]) =>
    after(act.handle(), (handle) => after(unbind(act, handle, first), () => unbindAll(act, handle, more))),
});

function unbind(act: Act, handle: EventChannelDevice, port: Port): Awaitable<void> {
  return after(handle.unbind(port), () => act.print({ op: "unbind", port }));
}

function unbindAll(act: Act, handle: EventChannelDevice, ports: readonly Port[]): Awaitable<void> {
  if (ports.length === 0) return;
  return (async () => {
    for (const port of ports) await unbind(act, handle, port);
  })();
}
