/**
 * Connected devices of whose frontends no event ever came. Binding a channel causes one, so even an idle device has
 * some; this kernel counts those of its backends (drivers/xen/xenbus/xenbus_probe.c, Linux 5.12). @module
 */

import { unlessRefused } from "../errors.ts";
import type { KernelFiles } from "../view/kernel_files.ts";
import type { HostView } from "../view/host_view.ts";
import type { HostWiring, WiredChannel } from "./types.ts";

const BACKENDS = "/sys/bus/xen-backend/devices";

/** How many devices are asked about at the same time. */
const AT_ONCE = 32;

/** The wiring with `silent` where nothing is wrong but that. Where the kernel does not count, nothing is said. */
export async function withSilent(view: HostView, wiring: HostWiring): Promise<HostWiring> {
  const files = await unlessRefused(() => view.files());
  const names = files && await unlessRefused(() => files.list(BACKENDS));
  if (files === undefined || names === undefined || typeof names === "string") return wiring;
  const here = new Set(names);
  const connected = wiring.domains.flatMap(({ channels }) => channels.filter(isConnected).map(backendName));
  const asked = [...new Set(connected)].filter((name) => here.has(name));
  const silent = new Set<string>();
  for (let i = 0; i < asked.length; i += AT_ONCE) {
    await Promise.all(
      asked.slice(i, i + AT_ONCE).map(async (name) => {
        if (await isSilent(files, `${BACKENDS}/${name}/xenbus`)) silent.add(name);
      }),
    );
  }
  if (silent.size === 0) return wiring;
  const marked = (channel: WiredChannel): WiredChannel =>
    isConnected(channel) && silent.has(backendName(channel)) ? { ...channel, silent: true } : channel;
  const domains = wiring.domains.map((domain) => ({ ...domain, channels: domain.channels.map(marked) }));
  return { ...wiring, domains };
}

function isConnected({ claim, verdict }: WiredChannel): boolean {
  return verdict === "ok" && claim.frontendState === "Connected" && claim.backendState === "Connected";
}

/** Its name on the bus, such as `vif-1-0` (backend_bus_id). */
function backendName({ claim: { domain, device } }: WiredChannel): string {
  const [kind, id] = device.split("/", 2);
  return `${kind}-${domain}-${id}`;
}

async function isSilent(files: KernelFiles, folder: string): Promise<boolean> {
  const [channels, events] = await Promise.all(
    ["event_channels", "events"].map((name) => unlessRefused(() => files.read(`${folder}/${name}`))),
  );
  return isNumber(events) && events.text.trim() === "0" && isNumber(channels) && channels.text.trim() !== "0";
}

function isNumber(read: Awaited<ReturnType<KernelFiles["read"]>> | undefined): read is { readonly text: string } {
  return typeof read === "object";
}
