import { accessTo } from "../cli/access.ts";
import type { DeviceChoice, SessionChoice } from "../cli/choice.ts";
import type { CommandAct } from "../cli/command_act.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { Kernel, KernelChoice } from "../host/host.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { Environment } from "./environment.ts";
import { handleText } from "./handle_name.ts";

/**
 * Opens the environment of a script that the common options choose.
 *
 * @param realTime Whether a simulated host uses the system clock; if not, its sleeps take no real time.
 * @throws {UsageError} If the options contradict each other, or name a simulation that does not exist.
 */
export async function openEnvironment(act: CommandAct, realTime: boolean): Promise<Environment> {
  const { choice } = act;
  if (choice.session !== undefined) return sessionEnvironment(act.host.clock, choice);
  const { kernel } = choice;
  return kernel.kind === "running"
    ? realEnvironment(act, choice)
    : await simulatedEnvironment(act, choice, kernel, realTime);
}

/** A real device: only handles of this domain. The driver does not know the domain's id; Xen or xenstore does. */
function realEnvironment({ host, flags }: CommandAct, choice: DeviceChoice): Environment {
  const { clock } = host;
  const view = async () => {
    const access = await accessTo(flags, host, choice, { views: true });
    return access.view(await host.kernel(choice.kernel));
  };
  const own = new OwnDomain(view);
  return {
    clock,
    patientClock: clock,
    get ownDomain() {
      return own.id;
    },
    learnOwnDomain: () => own.learn(),
    check(at) {
      if (at.domain === undefined || at.domain === own.id) return;
      throw new UsageError(
        `Cannot act as ${handleText(at)} on a real device`,
        own.id === undefined
          ? "a device belongs to this domain, whatever its number: leave @ out, or write @self or @/NAME"
          : `this device is domain ${own.id}'s: write @${own.id} or leave @ out`,
      );
    },
    view,
    async open({ label }) {
      // The inherited descriptor is the default handle; another handle opens the device again.
      const place = label === "" ? choice : { kernel: choice.kernel, path: choice.path };
      const [{ SharedDevice }, access, kernel] = await Promise.all([
        import("../handle/shared_device.ts"),
        accessTo(flags, host, place, { handles: true }),
        host.kernel(choice.kernel),
      ]);
      return new SharedDevice(access.open(kernel), clock);
    },
  };
}

/** This domain's id, asked once from a view. */
class OwnDomain {
  readonly #view: () => Promise<HostView>;

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

async function simulatedEnvironment(
  { host, flags }: CommandAct,
  choice: DeviceChoice,
  simulated: KernelChoice & { readonly kind: "simulated" },
  realTime: boolean,
): Promise<Environment> {
  const [{ VirtualClock }, { SharedDevice }] = await Promise.all([
    import("./virtual_clock.ts"),
    import("../handle/shared_device.ts"),
  ]);
  const virtual = realTime ? undefined : new VirtualClock();
  const clock = virtual ?? host.clock;
  // The simulated xenstored answers at once, so the system clock measures its timeout.
  const access = await accessTo(flags, host, choice, { handles: true, views: true, traceClock: clock });
  const own = await host.kernel({ ...simulated, clock });
  const kernels = new Map<Domid, Kernel>([[simulated.domain, own]]);
  const kernelOf = (domain: Domid) => {
    let kernel = kernels.get(domain);
    if (kernel === undefined) kernels.set(domain, kernel = own.as!(domain));
    return kernel;
  };
  return {
    clock,
    patientClock: virtual === undefined ? clock : patient(virtual),
    ownDomain: simulated.domain,
    world: () => ({
      ...worldOf(own.world!),
      destroyDomain(domain, held) {
        kernels.delete(domain); // a new domain with this number gets a new kernel
        return own.world!.destroyDomain(domain, held);
      },
      close() {},
    }),
    check: () => {},
    open: ({ domain = simulated.domain }) => new SharedDevice(access.open(kernelOf(domain)), clock, domain),
    view: (domain = simulated.domain) => access.view(kernelOf(domain)),
  };
}

function worldOf(world: SimulatedWorld): SimulatedWorld {
  return {
    raise: (virq, domain) => world.raise(virq, domain),
    createDomain: (domain, name) => world.createDomain(domain, name),
    destroyDomain: (domain, held) => world.destroyDomain(domain, held),
    createDevice: (request) => world.createDevice(request),
    writeStore: (domain, path, value) => world.writeStore(domain, path, value),
    removeStore: (domain, path) => world.removeStore(domain, path),
  };
}

/** A session: its handles outlive the script. */
export function sessionEnvironment(clock: Clock, { session, as }: SessionChoice): Environment {
  const connect = async (domain: Domid | undefined) => {
    const { RemoteDevice } = await import("../session/client.ts");
    return await RemoteDevice.connect(session, domain, clock);
  };
  const view = async (domain = as) => (await connect(domain)).view();
  const own = new OwnDomain(view, as);
  return {
    clock,
    patientClock: clock,
    get ownDomain() {
      return own.id;
    },
    learnOwnDomain: () => own.learn(),
    check(at) {
      if (at.label !== "") {
        throw new UsageError(`Cannot use ${handleText(at)} in a session: it holds one handle for each domain`);
      }
    },
    open: ({ domain = as }) => connect(domain),
    view,
    world: async () => (await connect(as)).world(),
  };
}

/** A clock on which an endless sleep ends when nothing more can happen. */
function patient(clock: Clock & { quiet(signal?: AbortSignal): Promise<void> }): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (time, signal) =>
      time === Infinity ? clock.quiet(signal).then(() => signal?.aborted !== true) : clock.sleep(time, signal),
  };
}
