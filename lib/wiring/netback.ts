/**
 * Network interfaces of backends that are down. Netback masks its ports when it connects, and unmasks all of them when
 * the interface goes up (drivers/net/xen-netback/interface.c, xenvif_connect_data, xenvif_up): until then an event may
 * wait there for ever, and nothing is stuck. @module
 */

import type { LiveBits } from "../decode/live.ts";
import { unlessRefused } from "../errors.ts";
import type { Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { End } from "./stuck.ts";

/** IFF_UP (include/uapi/linux/if.h). */
const UP = 1;

/** The domain's network device with this number; undefined for other devices. */
function handleOf(device: string): string | undefined {
  return /^vif\/(\d{1,10})$/.exec(device)?.[1];
}

/** Says which ends belong to a backend whose interface is down. */
export class Interfaces {
  readonly #view: HostView;
  /** Devices with a port that is masked in the backend's domain, and with one that is not. */
  readonly #masked = new Set<string>();
  readonly #unmasked = new Set<string>();
  readonly #known = new Map<string, Promise<boolean | undefined>>();

  constructor(view: HostView, ends: readonly End[], bits: LiveBits) {
    this.#view = view;
    for (const { which, channel: { claim }, domain, port } of ends) {
      if (which !== "backend" || handleOf(claim.device) === undefined || claim.key.endsWith("-ctrl")) continue;
      (bits.of(domain, port)?.masked ? this.#masked : this.#unmasked).add(`${claim.domain} ${claim.device}`);
    }
  }

  /**
   * Whether an end is that of a backend with an interface, which is down: by the kernel, if the backend is in it, else by
   * its ports, if all of them are masked.
   */
  async isDown({ which, channel: { claim } }: End): Promise<boolean> {
    const handle = handleOf(claim.device);
    if (which !== "backend" || handle === undefined) return false;
    const name = `${claim.domain} ${claim.device}`;
    let known = this.#known.get(name);
    if (known === undefined) this.#known.set(name, known = this.#isUp(claim.domain, handle));
    const up = await known;
    return up === undefined ? this.#masked.has(name) && !this.#unmasked.has(name) : !up;
  }

  /** The kernel's own word; undefined if it does not have that backend. */
  async #isUp(domain: Domid, handle: string): Promise<boolean | undefined> {
    const files = await unlessRefused(() => this.#view.files());
    if (files === undefined) return undefined;
    const folder = `/sys/bus/xen-backend/devices/vif-${domain}-${handle}/net`;
    const [name, ...others] = namesIn(await files.list(folder));
    if (name === undefined || others.length > 0) return undefined;
    const flags = await files.read(`${folder}/${name}/flags`);
    return typeof flags === "string" || !/^0x[0-9a-f]+$/.test(flags.text.trim())
      ? undefined
      : (Number(flags.text) & UP) !== 0;
  }
}

function namesIn(listed: string | readonly string[]): readonly string[] {
  return typeof listed === "string" ? [] : listed;
}
