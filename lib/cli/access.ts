/** Opens the devices of a kernel as the options say, traced with `--trace`. @module */

import type { EventChannelDevice } from "../handle/handle.ts";
import type { Clock } from "../clock.ts";
import type { Host, Kernel } from "../host/host.ts";
import type { HostView } from "../view/host_view.ts";
import type { DeviceChoice } from "./choice.ts";
import { type CommonFlags, traces } from "./options.ts";

/** Opens devices of a running kernel, a simulated one, or that of another domain on the same simulated host. */
export interface Access {
  /** @throws {DeviceError} If the handle cannot be opened. */
  open(kernel: Kernel): EventChannelDevice;
  /** The view of a kernel's host. It opens its devices at the first question. */
  view(kernel: Kernel): HostView;
}

/**
 * Loads the modules that open devices.
 *
 * @param clock Measures the timeout of xenstored's answers.
 */
export async function accessTo(
  flags: CommonFlags,
  host: Host,
  choice: DeviceChoice,
  wanted: {
    readonly handles?: boolean;
    readonly views?: boolean;
    /** The clock of `--trace-time`; undefined: the system's. */
    readonly traceClock?: Clock;
  },
  clock: Clock = host.clock,
): Promise<Access> {
  const [device, view, trace, sink] = await Promise.all([
    wanted.handles ? import("../handle/device.ts") : undefined,
    wanted.views ? import("../view/kernel_view.ts") : undefined,
    traces(flags) ? import("../../ffi/trace.ts") : undefined,
    traces(flags) ? import("./trace.ts") : undefined,
  ]);
  const { traceClock = host.clock } = wanted;
  const tell = sink?.traceSink(flags, traceClock, (line) => host.stderr.writeSync(line + "\n"));
  const traced = (kernel: Kernel) =>
    tell === undefined ? kernel : {
      syscalls: trace!.traced(kernel.syscalls, kernel.abi, tell, () => traceClock.monotonic()),
      abi: kernel.abi,
    };
  return {
    open(kernel) {
      const { LocalDevice } = device!;
      if (choice.fd !== undefined) return LocalDevice.adopt(choice.fd, traced(kernel));
      return LocalDevice.open(choice.path ?? kernel.abi.devicePath, traced(kernel));
    },
    view: (kernel) => new view!.KernelView(traced(kernel), clock),
  };
}
