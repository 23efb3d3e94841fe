import { verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { unlessRefused, UsageError } from "../lib/errors.ts";
import { isShared } from "../lib/handle/shared.ts";
import { lookAtPorts } from "../lib/inspect/list.ts";
import { statusFields } from "../lib/inspect/status.ts";
import { portNameFields } from "../lib/render/port_name.ts";
import { statusTable } from "../lib/render/status.ts";

/** `status` */
export default verb({
  help:
    "Shows the channels of a session's handle, sorted by port: its state in Xen, its remote end and whose it is, whether it is " +
    "masked (its last event was read and it was not unmasked since), and how many events were read. Where Xen " +
    "cannot be asked, it shows what each was bound as, which a peer may have changed since.",
  examples: ["status", "status --json"],
  options: { timeout: TIMEOUT },
  gets: "ports",
  records: ["status"],
  async run(act, { timeout }) {
    if (act.place === "new") {
      throw new UsageError(
        "Cannot show the channels of a new handle: it has none",
        "a session keeps a handle between commands: `evtchn session run -- sh`",
      );
    }
    const handle = act.place === "descriptor" ? undefined : await act.handle();
    if (handle === undefined || !isShared(handle)) {
      throw new UsageError(
        "Cannot show the channels of a descriptor: the driver does not tell what is bound on it",
        "a session knows what is bound through it: `evtchn session run --fd N -- sh`",
      );
    }
    const bound = await handle.status();
    const view = await viewWithin(act, timeout);
    const ports = bound.map(({ port }) => port);
    const found = ports.length === 0 ? undefined : await unlessRefused(() => lookAtPorts(view, ports));
    const channels = bound.map((channel) => {
      const entry = found?.get(channel.port);
      return { ...channel, ...statusFields(entry), ...portNameFields(entry) };
    });
    const silent = act.place === "script" && channels.length === 0;
    const text = silent ? undefined : statusTable(channels, await act.palette(), act.width).join("\n");
    await act.print({ op: "status", channels }, text);
    await saySilence(act, view);
    return { ports };
  },
});
