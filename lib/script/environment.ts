/** The environment of a script: a real device, a simulated host of its own, or a session. @module */

import type { Clock } from "../clock.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { HandleName } from "./handle_name.ts";

/** A simulated host, and the way to it. */
export interface OpenWorld extends SimulatedWorld {
  /** Closes the way; the host lives on. */
  close(): Awaitable<void>;
}

export interface Environment {
  readonly clock: Clock;
  /** The same clock, but on a simulated host of the script's own an endless sleep ends when nothing more can happen. */
  readonly patientClock: Clock;
  /**
   * The simulated host; undefined on a real device.
   *
   * @throws {DeviceError | UsageError} If a session cannot be reached, or holds a real device.
   */
  readonly world?: () => Awaitable<OpenWorld>;
  /** This domain's id; undefined until {@linkcode Environment.learnOwnDomain} has set it. */
  readonly ownDomain?: Domid;
  /** Sets {@linkcode Environment.ownDomain}, where only Xen or xenstore knows it. */
  readonly learnOwnDomain?: () => Promise<void>;
  /** @throws {UsageError} If such a handle cannot exist here. */
  check(at: HandleName): void;
  /** @throws {DeviceError} If the handle cannot be opened. */
  open(at: HandleName): Awaitable<SharedHandle>;
  /**
   * The view of the host from a domain. The caller closes it.
   *
   * @param domain Undefined: this domain.
   * @throws {DeviceError | UsageError} If it cannot be opened.
   */
  view(domain: Domid | undefined): Awaitable<HostView>;
}
