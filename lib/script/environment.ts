/**
 * Where the handles of a script are: on a real device, in a simulated world, in a session.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { HostView } from "../view/host_view.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HandleName } from "./handle_name.ts";

/** What gives a script its handles and its time. */
export interface Carrier {
  /** Whose time sleeps and time-outs take. */
  readonly clock: Clock;
  /** The world that the script can act on as nobody in it can; undefined: a real one, where it cannot. */
  readonly world?: SimulatedWorld;
  /** One's own domain's id; undefined where nobody knows it, or has asked: see {@linkcode Carrier.learnOwnDomain}. */
  readonly ownDomain?: Domid;
  /**
   * Finds out {@linkcode Carrier.ownDomain}, as far as anything tells, before a script that names domains is read.
   * Undefined where it is known, or can be whatever the script says.
   */
  readonly learnOwnDomain?: () => Promise<void>;
  /**
   * Waits until nothing more can happen but by the script itself. Undefined where that cannot be known.
   *
   * @param signal Ends the wait.
   */
  readonly quiet?: (signal?: AbortSignal) => Promise<void>;
  /**
   * Whether such a handle can be had at all.
   *
   * @throws {UsageError} If not.
   */
  check(at: HandleName): void;
  /**
   * Opens a handle.
   *
   * @throws {DeviceError} If it cannot be opened.
   */
  open(at: HandleName): Awaitable<SharedHandle>;
  /**
   * What can be seen of the host from a domain, to be closed by who asked.
   *
   * @param domain Which; undefined: one's own.
   * @throws {DeviceError | UsageError} If it cannot be looked from there.
   */
  view(domain: Domid | undefined): Awaitable<HostView>;
}
