/** Whose ports they are: the domain at the other end, and the device. @module */

import { unlessRefused } from "../errors.ts";
import type { Awaitable, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { type ListedPort, lookAtPorts } from "./list.ts";

/** A port, and what it is bound as: Xen gives the number of a closed port to another channel. */
interface BoundPort {
  readonly port: Port;
  /** As in `5:12`. */
  readonly name: string;
}

/** Remembers what Xen and xenstore say of the ports of one handle. */
export class PortNames {
  readonly #known = new Map<Port, { readonly name: string; readonly entry?: ListedPort }>();

  /** @param view Opens the view from the handle's domain. */
  constructor(private readonly view: () => Awaitable<HostView>) {}

  /** Asks about those ports that were not asked about before. Where nothing can be asked, they stay without names. */
  async ask(ports: Iterable<BoundPort>): Promise<void> {
    const fresh = [...ports].filter(({ port, name }) => this.#known.get(port)?.name !== name);
    if (fresh.length === 0) return;
    for (const { port, name } of fresh) this.#known.set(port, { name });
    const found = await unlessRefused(async () => lookAtPorts(await this.view(), fresh.map(({ port }) => port)));
    for (const { port, name } of fresh) this.#known.set(port, { name, entry: found?.get(port) });
  }

  /** Undefined: nothing is known of it. */
  of({ port, name }: BoundPort): ListedPort | undefined {
    const known = this.#known.get(port);
    return known?.name === name ? known.entry : undefined;
  }
}
