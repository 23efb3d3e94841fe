import { verb } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { isShared } from "../lib/handle/shared.ts";
import { PortNames } from "../lib/inspect/port_names.ts";
import { statusInXen } from "../lib/inspect/status.ts";
import type { ChannelStatus } from "../lib/records.ts";
import { portNameFields } from "../lib/render/port_name.ts";
import { statusTable } from "../lib/render/status.ts";
import type { HostView } from "../lib/view/host_view.ts";

/** `status` */
export default verb({
  help:
    "Shows the channels of a session's handle, sorted by port: its state in Xen, its remote end and whose it is, whether it is " +
    "masked (its last event was read and it was not unmasked since), and how many events were read. Where Xen " +
    "cannot be asked, it shows what each was bound as, which a peer may have changed since.",
  examples: ["status", "status --json"],
  gets: "ports",
  records: ["status"],
  async run(act) {
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
    const view = await act.view();
    const channels = await withNames(await statusInXen(await handle.status(), view), view);
    const silent = act.place === "script" && channels.length === 0;
    const text = silent ? undefined : statusTable(channels, await act.palette(), act.width).join("\n");
    await act.print({ op: "status", channels }, text);
    return { ports: channels.map(({ port }) => port) };
  },
});

/** The channels with the names of their remote domains and devices, where xenstore tells. */
async function withNames(channels: readonly ChannelStatus[], view: HostView): Promise<readonly ChannelStatus[]> {
  const names = new PortNames(() => view);
  const named = channels.map((channel) => ({ channel, port: { port: channel.port, name: channel.channel } }));
  await names.ask(named.map(({ port }) => port));
  return named.map(({ channel, port }) => ({ ...channel, ...portNameFields(names.of(port)) }));
}
