/**
 * What can be seen of the host that the options name, beyond one handle.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { HostView } from "../view/host_view.ts";
import { choose } from "./choice.ts";
import type { Context } from "./context.ts";
import type { Kernel } from "../host/host.ts";
import type { CommonFlags } from "./options.ts";

/** Made here: Deno reads what a literal import names before the program starts. */
const KERNEL_VIEW = import.meta.resolve("../view/kernel_view.ts");

/**
 * Opens the view that the options name and closes it when `work` is done, whatever its end.
 *
 * It is a kernel's, running or simulated, or a session's. Which event-channel device of a kernel is meant makes no
 * difference: a path, and a descriptor in EVTCHN_FD, are a handle's, and Xen is asked past every handle.
 *
 * @throws {UsageError} If the options contradict each other, or name a descriptor.
 * @throws {DeviceError} If a session cannot be reached; what `work` opens fails there.
 */
export async function withView<T>(
  context: Context,
  flags: CommonFlags,
  work: (view: HostView) => T | Promise<T>,
): Promise<T> {
  const view = await openView(context, flags);
  try {
    return await work(view);
  } finally {
    await view.close();
  }
}

/** {@linkcode withView}, to be closed by whoever calls it. */
export async function openView(context: Context, flags: CommonFlags): Promise<HostView> {
  if (flags.fd !== undefined) {
    throw new UsageError(
      `Cannot use --fd with ${context.command}: a descriptor shows its own ports alone`,
      "leave --fd out: Xen is asked past every handle",
    );
  }
  const choice = choose(flags, context.host);
  if (choice.session !== undefined) return (await context.connect(choice)).view();
  const [viewOf, kernel] = await Promise.all([
    viewer(context, flags),
    context.host.kernel(choice.kernel),
  ]);
  return viewOf(kernel);
}

/**
 * What makes the view of a kernel.
 *
 * @param clock Whose time an answer of xenstored is waited for.
 */
export async function viewer(
  context: Context,
  flags: CommonFlags,
  clock: Clock = context.clock,
): Promise<(kernel: Kernel) => HostView> {
  const [{ KernelView }, told] = await Promise.all([
    import(KERNEL_VIEW) as Promise<typeof import("../view/kernel_view.ts")>,
    context.tracing(flags),
  ]);
  return (kernel) => new KernelView(told(kernel), clock);
}
