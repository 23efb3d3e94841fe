/**
 * The handles of a script: each opened at its first use, all closed at the end.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { Carrier } from "./environment.ts";
import { type HandleName, handleText } from "./handle_name.ts";

/** Handles by their names. */
export class Handles {
  readonly #carrier: Carrier;
  /** By domain, own ones under undefined, then by label. */
  readonly #open = new Map<Domid | undefined, Map<string, Awaitable<SharedHandle>>>();

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /**
   * A handle, opened if it is not yet.
   *
   * @throws {DeviceError} If it cannot be opened.
   */
  get(at: HandleName): Awaitable<SharedHandle> {
    const domain = this.#domain(at);
    let labels = this.#open.get(domain);
    if (labels === undefined) this.#open.set(domain, labels = new Map());
    const { label } = at;
    const known = labels.get(label);
    if (known !== undefined) return known;
    const handle = this.#carrier.open({ domain, label });
    labels.set(label, handle);
    if (handle instanceof Promise) {
      const settled = labels;
      handle.then((opened) => settled.set(label, opened), () => settled.delete(label));
    }
    return handle;
  }

  /**
   * Opens a handle.
   *
   * @throws {UsageError} If it is open.
   * @throws {DeviceError} If it cannot be opened.
   */
  open(at: HandleName): Awaitable<SharedHandle> {
    if (this.#open.get(this.#domain(at))?.has(at.label)) {
      throw new UsageError(`Cannot open ${handleText(at)}: it is open already`);
    }
    return this.get(at);
  }

  /**
   * Closes a handle.
   *
   * @throws {UsageError} If it is not open.
   */
  async close(at: HandleName): Promise<void> {
    const labels = this.#open.get(this.#domain(at));
    const handle = labels?.get(at.label);
    if (handle === undefined) throw new UsageError(`Cannot close ${handleText(at)}: it is not open`);
    labels!.delete(at.label);
    await (await handle).close();
  }

  /** Closes the handles of a domain. */
  async closeDomain(domain: Domid | undefined): Promise<void> {
    const labels = [...this.#open.get(domain) ?? []].map(([label]) => label);
    for (const label of labels) await this.close({ domain, label });
  }

  /** Closes them all. */
  async closeAll(): Promise<void> {
    for (const domain of [...this.#open.keys()]) await this.closeDomain(domain);
  }

  /** Who it is, so that one's own domain has one name. */
  domainOf(domain: Domid): Domid | undefined {
    return domain === this.#carrier.ownDomain ? undefined : domain;
  }

  #domain({ domain }: HandleName): Domid | undefined {
    return domain === undefined ? undefined : this.domainOf(domain);
  }
}
