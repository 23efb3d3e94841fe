/** How a kernel's devices are opened: as the options say, traced where they ask for that. @module */

import type { EventChannelDevice } from "../handle/handle.ts";
import type { Clock } from "../clock.ts";
import type { Host, Kernel } from "../host/host.ts";
import type { HostView } from "../view/host_view.ts";
import type { DeviceChoice } from "./choice.ts";
import type { CommonFlags } from "./options.ts";

/** Opens devices of kernels: one running or simulated, or those of other domains of the same simulated host. */
export interface Access {
  /**
   * Opens the handle that was chosen.
   *
   * @throws {DeviceError} If it cannot be opened.
   */
  open(kernel: Kernel): EventChannelDevice;
  /** The view of a kernel's host. What it needs is opened when it is asked for. */
  view(kernel: Kernel): HostView;
}

/**
 * Loads what opens devices.
 *
 * @param choice Which device or descriptor of the kernel is meant.
 * @param clock Measures how long an answer of xenstored is waited for.
 */
export async function accessTo(
  { trace }: CommonFlags,
  host: Host,
  choice: DeviceChoice,
  wanted: { readonly handles?: boolean; readonly views?: boolean },
  clock: Clock = host.clock,
): Promise<Access> {
  const [device, view, trace_] = await Promise.all([
    wanted.handles ? import("../handle/device.ts") : undefined,
    wanted.views ? import("../view/kernel_view.ts") : undefined,
    trace ? import("../../ffi/trace.ts") : undefined,
  ]);
  const tell = (line: string) => host.stderr.writeSync(line + "\n");
  const traced = (kernel: Kernel) =>
    trace_ === undefined ? kernel : { syscalls: trace_.traced(kernel.syscalls, kernel.abi, tell), abi: kernel.abi };
  return {
    open(kernel) {
      const { LocalDevice } = device!;
      if (choice.fd !== undefined) return LocalDevice.adopt(choice.fd, traced(kernel));
      return LocalDevice.open(choice.path ?? kernel.abi.devicePath, traced(kernel));
    },
    view: (kernel) => new view!.KernelView(traced(kernel), clock),
  };
}
