/**
 * Where a script's handles are: the options made into what opens them.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { Carrier } from "./environment.ts";
import type { HostView } from "../view/host_view.ts";
import { type HandleName, handleText } from "./handle_name.ts";
import type { Domid } from "../types.ts";
import { choose, type DeviceChoice, type SessionChoice } from "../cli/choice.ts";
import type { Context } from "../cli/context.ts";
import type { Kernel, KernelChoice } from "../host/host.ts";
import type { CommonFlags } from "../cli/options.ts";
import { viewer } from "../cli/view.ts";

/**
 * The carrier that the options name.
 *
 * @param clock Whose time a simulated world takes; undefined: one that waits for nobody.
 * @throws {UsageError} If they contradict each other, or name a simulation that there is not.
 */
export async function openCarrier(context: Context, flags: CommonFlags, clock?: Clock): Promise<Carrier> {
  const choice = choose(flags, context.host);
  if (choice.session !== undefined) return sessionCarrier(context, choice);
  const { kernel } = choice;
  return kernel.kind === "running"
    ? realCarrier(context, flags, choice)
    : await simulatedCarrier(context, flags, choice, kernel, clock);
}

/** A real device: one's own domain alone, whose id the driver does not tell, but Xen or xenstore. */
function realCarrier(context: Context, flags: CommonFlags, choice: DeviceChoice): Carrier {
  const { clock, host } = context;
  const view = async () => (await viewer(context, flags))(await host.kernel(choice.kernel));
  const own = new OwnDomain(view);
  return {
    clock,
    get ownDomain() {
      return own.id;
    },
    learnOwnDomain: () => own.learn(),
    check(at) {
      if (at.domain === undefined || at.domain === own.id) return;
      throw new UsageError(
        `Cannot act as ${handleText(at)} on a real device`,
        own.id === undefined
          ? "a device is one's own domain's, whatever its number: leave @ out, or write @self or @/NAME"
          : `this device is domain ${own.id}'s: write @${own.id} or leave @ out`,
      );
    },
    view,
    async open({ label }) {
      const { SharedDevice } = await import("../handle/shared_device.ts");
      // The descriptor that the shell holds is the first handle; a second one is a new open of the device.
      const place = label === "" ? choice : { kernel: choice.kernel, path: choice.path };
      return new SharedDevice((await context.opener(flags, place))(await host.kernel(choice.kernel)), clock);
    },
  };
}

/** One's own domain, which a view of the host tells to who asks. */
class OwnDomain {
  readonly #view: () => Promise<HostView>;

  /** @param id Its id, where that is known. */
  constructor(view: () => Promise<HostView>, public id?: Domid) {
    this.#view = view;
  }

  async learn(): Promise<void> {
    if (this.id !== undefined) return;
    const view = await this.#view();
    try {
      this.id = await view.ownDomain();
    } finally {
      await view.close();
    }
  }
}

/** A world of the script's own. */
async function simulatedCarrier(
  context: Context,
  flags: CommonFlags,
  choice: DeviceChoice,
  simulated: KernelChoice & { readonly kind: "simulated" },
  time?: Clock,
): Promise<Carrier> {
  const [{ VirtualClock }, { SharedDevice }, open] = await Promise.all([
    import("./virtual_clock.ts"),
    import("../handle/shared_device.ts"),
    context.opener(flags, choice),
  ]);
  const virtual = time === undefined ? new VirtualClock() : undefined;
  const clock = time ?? virtual!;
  const own = await context.host.kernel({ ...simulated, clock });
  const world = own.world!;
  const kernels = new Map<Domid, Kernel>([[simulated.domain, own]]);
  const kernelOf = (domain: Domid) => {
    let kernel = kernels.get(domain);
    if (kernel === undefined) kernels.set(domain, kernel = own.as!(domain));
    return kernel;
  };
  return {
    clock,
    quiet: virtual && ((signal) => virtual.quiet(signal)),
    ownDomain: simulated.domain,
    world: {
      raise: (virq, domain) => world.raise(virq, domain),
      createDomain: (domain) => world.createDomain(domain),
      createDevice: (request) => world.createDevice(request),
      writeStore: (domain, path, value) => world.writeStore(domain, path, value),
      removeStore: (domain, path) => world.removeStore(domain, path),
      destroyDomain(domain) {
        kernels.delete(domain); // its process has ended; a new domain of that number has new ones
        return world.destroyDomain(domain);
      },
    },
    check: () => {},
    open: ({ domain = simulated.domain }) => new SharedDevice(open(kernelOf(domain)), clock),
    // Its xenstored takes no time, and is waited for by this machine's.
    view: async (domain = simulated.domain) => (await viewer(context, flags))(kernelOf(domain)),
  };
}

/** A session: its handles stay when the script ends. */
function sessionCarrier(context: Context, { session, as }: SessionChoice): Carrier {
  const view = async (domain = as) => (await context.connect({ session, as: domain })).view();
  const own = new OwnDomain(view, as);
  return {
    clock: context.clock,
    get ownDomain() {
      return own.id;
    },
    learnOwnDomain: () => own.learn(),
    check(at: HandleName) {
      if (at.label !== "") {
        throw new UsageError(`Cannot use ${handleText(at)} in a session: it holds one handle for each domain`);
      }
    },
    open: ({ domain }) => context.connect({ session, as: domain ?? as }),
    view,
  };
}
