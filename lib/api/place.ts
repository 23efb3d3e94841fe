/** Where a handle or a host is, and the way there. @module */

import type { Abi } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { type Clock, systemClock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { parseDomid } from "../parse.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";

/** A domain: its id, from 0 to 0x7FEF, or the caller's own. */
export type Domain = number | "self";

/** A host: the one that this program runs on by default, a simulated one, or a session's. */
export interface Place {
  /**
   * A device's path, or `sim:linux` or `sim:illumos` for a simulated host of its own, with settings after a `?` as in
   * docs/simulator.md. Undefined or empty: this system's event-channel device.
   */
  readonly device?: string;
  /** The path of a session's socket, as `EVTCHN_SESSION` has it. Undefined or empty: no session. */
  readonly session?: string;
  /** The domain to act as, on a simulated host alone. Undefined: domain 0, and in a session the session's own. */
  readonly as?: number;
}

/** Where a handle is: at most one of `device`, `session` and `fd`. */
export interface HandlePlace extends Place {
  /** An open descriptor of the device. Its ports are the handle's; closing the handle leaves it open. */
  readonly fd?: number;
}

/** A place as its caller meant it. */
type Meant =
  | { readonly kind: "session"; readonly socket: string; readonly as: Domid | undefined }
  | { readonly kind: "simulated"; readonly spec: string; readonly as: Domid }
  | { readonly kind: "running"; readonly path?: string; readonly fd?: number };

/** What a `device` that is simulated begins with. */
const SIM = "sim:";

/** @throws {UsageError} If it names two places, or another domain on a real device. */
export function meant({ device = "", session = "", as, fd }: HandlePlace): Meant {
  const named = [device !== "" && "device", session !== "" && "session", fd !== undefined && "fd"].filter(Boolean);
  if (named.length > 1) {
    throw new UsageError(`Cannot use ${named.join(" and ")} together: each says where the handle is`);
  }
  const domain = as === undefined ? undefined : domid(as);
  if (session !== "") return { kind: "session", socket: session, as: domain };
  if (device.startsWith(SIM)) return { kind: "simulated", spec: simulation(device), as: domain ?? 0 };
  if (domain !== undefined) {
    throw new UsageError("Cannot act as another domain on a real device", "`as` is for simulated hosts and sessions");
  }
  return { kind: "running", path: device === "" ? undefined : device, fd };
}

/** The settings in `sim:...`. @throws {UsageError} If it does not begin so. */
export function simulation(device: string): string {
  if (device.startsWith(SIM)) return device.slice(SIM.length);
  throw new UsageError(`Cannot simulate "${device}"`, "a simulated host is sim:linux or sim:illumos");
}

/** @throws {UsageError} If it is no domain's id. */
export function domid(domain: Domain): Domid {
  return parseDomid(String(domain));
}

interface ReachedKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
}

/** The kernel of a place. @param bare Whether to leave out, of a simulated one, all but the event-channel device. */
export async function kernelOf(place: Exclude<Meant, { kind: "session" }>, bare: boolean): Promise<ReachedKernel> {
  if (place.kind === "simulated") {
    const { simulatedKernel } = await import("../sim/mod.ts");
    return await simulatedKernel(place.spec, place.as, undefined, bare);
  }
  const { runningKernel } = await import("../host/running_kernel.ts");
  return await runningKernel(Deno.build.os);
}

/**
 * The view of a place, if `ready` does not refuse it. The caller closes it.
 *
 * @param timeout See `HostView.setStoreTimeout`.
 */
export async function viewOf(
  place: Place,
  timeout: number | undefined,
  ready: (view: HostView) => Awaitable<unknown> = () => {},
): Promise<HostView> {
  const view = await openView(meant(place), systemClock());
  try {
    if (timeout !== undefined) await view.setStoreTimeout(timeout);
    await ready(view);
  } catch (error) {
    await view.close();
    throw error;
  }
  return view;
}

async function openView(place: Meant, clock: Clock): Promise<HostView> {
  if (place.kind === "session") {
    const { RemoteDevice } = await import("../session/client.ts");
    return (await RemoteDevice.connect(place.socket, place.as, clock)).view();
  }
  const [{ KernelView }, kernel] = await Promise.all([import("../view/kernel_view.ts"), kernelOf(place, false)]);
  return new KernelView(kernel, clock);
}
