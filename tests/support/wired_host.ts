/** A fake host with guests and devices, as the toolstack and the drivers write them to xenstore. @module */

import { FRONTENDS } from "../../lib/wiring/frontends.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import type { WiredChannel } from "../../lib/wiring/types.ts";
import { FakeView } from "./fake_view.ts";

export interface DeviceOptions {
  /** The backend's domain. */
  readonly backend?: number;
  readonly state?: string;
  readonly backendState?: string;
  /** Whether its ports are bound to the backend. */
  readonly bound?: boolean;
}

/** The backend's port for a guest's port. */
export const behind = (domain: number, port: number) => domain * 100 + port;

/** A host with domain 0 only, to start with. */
export class TestHostView extends FakeView {
  constructor() {
    super();
    this.put("/local/domain/0", { name: "Domain-0" });
    this.tableSize = 4096;
  }

  /** Adds a guest, with its store on port 1 and its console on port 2. */
  guest(domain: number, name = `guest${domain}`): this {
    this.put(`/local/domain/${domain}`, {
      name,
      "console/port": "2",
      "console/backend-id": "0",
      "store/port": "1",
      "device/suspend/event-channel": "",
    });
    return this.bind(domain, 1, 0, behind(domain, 1)).bind(domain, 2, 0, behind(domain, 2));
  }

  /** Adds a device with the given ports by key; connected and bound by default. */
  device(
    domain: number,
    device: string,
    keys: Readonly<Record<string, number | string>>,
    options: DeviceOptions = {},
  ): this {
    const { backend = 0, state = "4", backendState = "4", bound = true } = options;
    const [kind, index] = device.split("/");
    const path = `/local/domain/${backend}/backend/${kind}/${domain}/${index}`;
    const texts = Object.entries(keys).map(([key, port]) => [key, String(port)]);
    this.put(`/local/domain/${domain}/device/${device}`, {
      backend: path,
      "backend-id": String(backend),
      state,
      ...Object.fromEntries(texts),
    });
    this.put(path, {
      state: backendState,
      frontend: `/local/domain/${domain}/device/${device}`,
      "frontend-id": String(domain),
    });
    for (const port of Object.values(keys)) {
      if (bound && typeof port === "number") this.bind(domain, port, backend, behind(domain, port));
    }
    return this;
  }
}

/** The channels of all domains, or of one. */
export async function channelsOf(view: FakeView, domain?: number): Promise<readonly WiredChannel[]> {
  const { domains } = await lookAtWiring(view, domain === undefined ? [] : [domain]);
  return domains.flatMap(({ channels }) => channels);
}

/** One line for each channel, for example `vif/0 event-channel-tx 5 ok`. */
export const brief = (channels: readonly WiredChannel[]) =>
  channels.map(({ claim: { device, key }, port, verdict }) => `${device} ${key} ${port ?? "-"} ${verdict}`);

/** The kinds that have a folder for each device. */
export const PLUGGED = FRONTENDS.filter(({ many }) => many);
