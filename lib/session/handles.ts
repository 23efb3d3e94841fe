/**
 * The handles that a session holds: one for each domain that somebody has acted as.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { HostView } from "../view/host_view.ts";
import { SharedDevice } from "../handle/shared_device.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { SharedPoll } from "./shared_poll.ts";

/** What a session holds. */
export interface Holding {
  /** The handle of the session's own domain. */
  readonly own: EventChannelDevice;
  /**
   * Opens the handle of a simulated domain; undefined where there is one domain only, on a real device.
   *
   * @throws {UsageError} If there is no such domain.
   */
  readonly open?: (domain: Domid) => EventChannelDevice;
  /**
   * What can be seen of the host, opened when it is asked for.
   *
   * @param domain From which domain of a simulated world; undefined: the session's own.
   * @throws {UsageError} If there is no such domain.
   */
  readonly view: (domain: Domid | undefined) => HostView;
  /** The session's own domain, in a simulated world. */
  readonly domain?: Domid;
}

/** A handle and the waits on it. */
export interface HeldHandle {
  readonly device: SharedDevice;
  readonly poll: SharedPoll;
}

/** The handles of one session, each opened at its first use. */
export class Handles {
  readonly #holding: Holding;
  readonly #clock: Clock;
  readonly #own: HeldHandle;
  readonly #others = new Map<Domid, HeldHandle>();

  constructor(holding: Holding, clock: Clock) {
    this.#holding = holding;
    this.#clock = clock;
    this.#own = this.#hold(holding.own);
  }

  /**
   * The handle of a domain.
   *
   * @param domain Whose; undefined: the session's own.
   * @throws {UsageError} If it cannot act as that domain.
   * @throws {DeviceError} If the device cannot be opened.
   */
  of(domain: Domid | undefined): HeldHandle {
    if (domain === undefined) return this.#own;
    const { open, domain: own } = this.#holding;
    if (open === undefined) {
      throw new UsageError(
        "Cannot act as another domain on a real device",
        "--as is for the simulator, and this session holds a real device",
      );
    }
    if (domain === DOMID_SELF || domain === own) return this.#own;
    let held = this.#others.get(domain);
    if (held === undefined) this.#others.set(domain, held = this.#hold(open(domain)));
    return held;
  }

  /** Closes every handle, and with it every port and every watch. */
  async close(): Promise<void> {
    for (const { device } of [this.#own, ...this.#others.values()]) await device.close();
  }

  #hold(handle: EventChannelDevice): HeldHandle {
    const device = new SharedDevice(handle, this.#clock);
    return { device, poll: new SharedPoll(device, this.#clock) };
  }
}
