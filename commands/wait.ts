import { Status } from "../lib/cli/failure.ts";
import { CHANNEL, period, verb } from "../lib/cli/verb.ts";
import { channelName } from "../lib/channel.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { explain } from "../lib/explain.ts";
import { bindChannel } from "../lib/handle/bind.ts";
import { DOMID_SELF, type Port } from "../lib/types.ts";
import type { PortTables } from "../lib/view/host_view.ts";

/** The default interval, milliseconds. */
const INTERVAL = 100;

/** `wait CHANNEL` */
export default verb({
  help: "Waits until the other end has bound the channel, and prints nothing. Xen sends no event for that, so " +
    "evtchn looks at its port table at each --interval. The number of a new port, as for 5:any, is printed on " +
    "stderr, because the other end needs it. Exit status 124 if the time runs out.",
  examples: ["wait 5:any --timeout 30s", "wait 27 --interval 1s"],
  options: {
    interval: period("The time between two looks [100ms]"),
    timeout: period("How long to wait [until a signal]"),
  },
  arguments: [CHANNEL],
  gets: "ports",
  looks: true,
  check({ interval }, [channel]) {
    if (interval === 0) throw new UsageError("Cannot look every 0 ms: expected some time, such as 100ms");
    if (channel.kind !== "virq") return;
    throw new UsageError("Cannot wait for a VIRQ: Xen is its other end", "name a port, or a channel such as 5:any");
  },
  records: ["wait"],
  async run(act, { interval = INTERVAL, timeout = Infinity }, [channel]) {
    const { clock, patientClock, signal } = act;
    const handle = await act.handle();
    const tables = await (await act.view()).tables();
    // The port may belong to another handle: Xen answers for every port of the domain.
    const port = channel.kind === "port" ? channel.port : (await bindChannel(handle, "wait", channel)).port;
    if (channel.kind === "unbound") {
      const name = channelName(channel);
      if (act.json) await act.print({ op: "wait", port, channel: name });
      else await act.say(`waiting on port ${port} (${name})`);
    }
    // Nothing happens on a script's own simulated host while the script waits.
    const end = clock.monotonic() + (patientClock === clock ? timeout : 0);
    for (;;) {
      const remote = await remoteOf(tables, port);
      if (remote !== undefined) {
        await act.print({ op: "wait", port, channel: remote });
        return { ports: [port] };
      }
      const left = end - clock.monotonic();
      if (left <= 0) return { status: Status.TIMEOUT, fault: tooLate(port) };
      if (!await clock.sleep(Math.min(interval, left), signal)) return;
    }
  },
});

/** What an errno of Xen's status of a port means. */
const STATUS_HINTS: Readonly<Record<string, string>> = {
  EINVAL: "this domain has no such port",
  EACCES: "the port is Xen's own, a device model's or a monitor's: Xen does not show its other end",
};

/**
 * The other end of a port, as `5:12`; undefined while it is unbound.
 *
 * @throws {DeviceError} If the port is closed or cannot have another end.
 */
async function remoteOf(tables: PortTables, port: Port): Promise<string | undefined> {
  const status = await tables.status(DOMID_SELF, port);
  if (typeof status === "string") {
    const hint = STATUS_HINTS[status] ?? explain("list", status);
    throw new DeviceError("wait", status, String(port), `Cannot look at port ${port}`, hint);
  }
  switch (status.status) {
    case "unbound":
      return undefined;
    case "interdomain":
      return `${status.remoteDomain}:${status.remotePort}`;
    default: {
      const hint = status.status === "closed"
        ? "the port is closed"
        : `the port has no other end: it is ${status.status === "ipi" ? "an" : "a"} ${status.status}`;
      throw new DeviceError("wait", "ENOTCONN", String(port), `Cannot wait for port ${port}`, hint);
    }
  }
}

function tooLate(port: Port): DeviceError {
  const message = `Cannot see port ${port} bound in time`;
  return new DeviceError("wait", "ETIMEDOUT", String(port), message, "nobody has bound the other end");
}
