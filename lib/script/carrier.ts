/**
 * Where the handles of a script are: on a real device, in a simulated world, in a session.
 *
 * @module
 */

import type { Result } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import type { SharedHandle } from "../shared.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HandleName } from "./handle_name.ts";

/** What gives a script its handles and its time. */
export interface Carrier {
  /** Whose time sleeps and time-outs take. */
  readonly clock: Clock;
  /** The world that the script can act on as nobody in it can; undefined: a real one, where it cannot. */
  readonly world?: SimulatedWorld;
  /**
   * One's own domain's id; undefined where nobody knows it: the driver does not tell.
   */
  readonly ownDomain?: Domid;
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
}

/** A world that is not there, as far as a script acts on it. */
export interface SimulatedWorld {
  /** Raises a VIRQ of a domain; see `World.raise`. */
  raise(virq: number, domain: Domid): Result;
  /** Builds a domain; see `World.createDomain`. */
  createDomain(domain: Domid): Result;
  /** Destroys a domain and ends its processes; see `World.destroyDomain`. */
  destroyDomain(domain: Domid): Result;
}
