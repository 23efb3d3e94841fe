/**
 * What a script sees of the host beyond its handles: one view for each domain that it looks from, opened at its first
 * use, all closed at the end.
 *
 * @module
 */

import { after } from "../awaitable.ts";
import type { HostView } from "../view/host_view.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { Carrier } from "./environment.ts";
import type { HandleName } from "./handle_name.ts";

/** Views by domain, one's own under undefined. */
export class Views {
  readonly #carrier: Carrier;
  readonly #open = new Map<Domid | undefined, Awaitable<HostView>>();

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /**
   * The view from a domain, whichever of its handles is named.
   *
   * @throws {DeviceError | UsageError} If it cannot be opened.
   */
  get({ domain }: HandleName): Awaitable<HostView> {
    const from = domain === this.#carrier.ownDomain ? undefined : domain;
    const known = this.#open.get(from);
    if (known !== undefined) return known;
    const view = this.#carrier.view(from);
    this.#open.set(from, view);
    if (view instanceof Promise) view.catch(() => this.#open.delete(from));
    return view;
  }

  /** Closes the view from a domain, if there is one. */
  async closeDomain(domain: Domid | undefined): Promise<void> {
    const view = this.#open.get(domain);
    this.#open.delete(domain);
    if (view !== undefined) await after(view, (opened) => opened.close());
  }

  /** Closes them all. */
  async closeAll(): Promise<void> {
    for (const domain of [...this.#open.keys()]) await this.closeDomain(domain);
  }
}
