/** What a script acts on: a real device, a simulated host of its own, or a session. @module */

import type { Clock } from "../clock.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { HandleName } from "./handle_name.ts";

/** What opens a script's handles and measures its time. */
export interface Environment {
  readonly clock: Clock;
  /** The same clock; in a simulation of the script's own, an endless sleep ends when nothing more can happen. */
  readonly patientClock: Clock;
  /** The simulated host, where the script has one of its own. */
  readonly world?: SimulatedWorld;
  /** This domain's id; undefined until {@linkcode Environment.learnOwnDomain} has found it out. */
  readonly ownDomain?: Domid;
  /** Finds out {@linkcode Environment.ownDomain}, where that takes a question to Xen or xenstore. */
  readonly learnOwnDomain?: () => Promise<void>;
  /**
   * Refuses a handle that cannot exist here.
   *
   * @throws {UsageError}
   */
  check(at: HandleName): void;
  /** @throws {DeviceError} If the handle cannot be opened. */
  open(at: HandleName): Awaitable<SharedHandle>;
  /**
   * The view of the host from a domain, to be closed by the caller.
   *
   * @param domain Undefined: this domain.
   * @throws {DeviceError | UsageError} If it cannot be looked from there.
   */
  view(domain: Domid | undefined): Awaitable<HostView>;
}
