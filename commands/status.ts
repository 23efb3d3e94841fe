import { verb } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { isShared } from "../lib/handle/shared.ts";
import { statusInXen } from "../lib/inspect/status.ts";
import { statusTable } from "../lib/render/status.ts";

/** `status` */
export default verb({
  help:
    "Shows the channels of a session's handle, sorted by port: its state in Xen and its remote end, whether it is " +
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
    const channels = await statusInXen(await handle.status(), await act.view());
    const silent = act.place === "script" && channels.length === 0;
    const text = silent ? undefined : statusTable(channels, await act.palette()).join("\n");
    await act.print({ op: "status", channels }, text);
    return { ports: channels.map(({ port }) => port) };
  },
});
