/** What a session holds: handles and views, one of each for every domain that a client acts as. @module */

import type { System } from "../../ffi/abi.ts";
import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { Opened } from "../handle/opened.ts";
import { type Awaitable, type Domid, DOMID_SELF, type Port } from "../types.ts";
import { failed, type Result } from "../../ffi/syscalls.ts";
import { after } from "../awaitable.ts";
import { DeviceError, UsageError } from "../errors.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { HostView } from "../view/host_view.ts";
import { SessionHandle } from "./session_handle.ts";

/** Where a session gets its handles and views from. `own` is the handle of its own domain. */
export interface SessionSource {
  readonly own: EventChannelDevice;
  /** What `own` is, for people: a device's path, `sim:linux`, `descriptor 3`. */
  readonly holds: string;
  /** Opens the handle of a simulated domain; undefined for a real device, which has one domain. */
  readonly open?: (domain: Domid) => EventChannelDevice;
  /** Opens the view from a simulated domain; `domain` is undefined for a real device. */
  readonly view: (domain: Domid | undefined) => HostView;
  /** The simulated host; undefined for a real device. */
  readonly world?: SimulatedWorld;
  /** The own domain, in a simulation. */
  readonly domain?: Domid;
}

/** The handles and views of one session. Domains are opened at their first use; undefined is the session's own. */
export class SessionDomains {
  readonly #handles = new Opened<SessionHandle>();
  readonly #views = new Opened<HostView>();
  readonly #destroyed = new Set<Domid>();
  #ownIsClosed = false;

  constructor(private readonly source: SessionSource, private readonly clock: Clock) {
    void this.handle(undefined);
  }

  get system(): System | undefined {
    return this.source.own.system;
  }

  /** What the session holds, as {@linkcode SessionSource} has it. */
  get holds(): string {
    return this.source.holds;
  }

  /** The domains whose handles have ports, with those ports. A real device's domain is left out. */
  async bound(): Promise<{ domain: Domid | undefined; count: number; ports: Port[] }[]> {
    const bound: { domain: Domid | undefined; count: number; ports: Port[] }[] = [];
    for (const [key, handle] of this.#handles.all) {
      const ports = [...(await handle).bindings.keys()];
      const domain = this.source.domain === undefined ? undefined : Number(key);
      if (ports.length > 0) bound.push({ domain, count: ports.length, ports });
    }
    return bound;
  }

  /** The own domain, in a simulation. */
  get domain(): Domid | undefined {
    return this.source.domain;
  }

  handle(as: Domid | undefined): Awaitable<SessionHandle> {
    const { own, open, domain: ownDomain } = this.source;
    const domain = this.#meant(as, "act as");
    const isOwn = domain === undefined || (domain === ownDomain && !this.#ownIsClosed);
    return this.#handles.get(`${domain}`, () => new SessionHandle(isOwn ? own : open!(domain), this.clock));
  }

  view(as: Domid | undefined): Awaitable<HostView> {
    const domain = this.#meant(as, "look from");
    return this.#views.get(`${domain}`, () => this.source.view(domain));
  }

  /** @throws {UsageError} If the session holds a real device. */
  world(op: string): SimulatedWorld {
    if (this.source.world === undefined) throw noWorld(op);
    return this.source.world;
  }

  /** The number of the domain that a client acts as. */
  number(as: Domid | undefined): Domid {
    return this.#domain(as) ?? 0;
  }

  /** Destroys a simulated domain: its watches end with an error, its handle and its view are closed. */
  async destroy(domain: Domid, held?: boolean): Promise<Result> {
    const { own, domain: ownDomain } = this.source;
    const handle = this.#handles.peek(`${domain}`);
    const result = await after(this.world("destroy").destroyDomain(domain, held), (result) => {
      // At once, before its watches meet the closed descriptor.
      if (!failed(result) && handle !== undefined) void after(handle, (handle) => handle.fail(destroyed(domain)));
      return result;
    });
    if (failed(result)) return result;
    this.#destroyed.add(domain);
    await this.#handles.close(`${domain}`);
    await this.#views.close(`${domain}`);
    if (domain === ownDomain && !this.#ownIsClosed) {
      this.#ownIsClosed = true;
      await own.close();
    }
    return result;
  }

  /** Makes a simulated domain. */
  create(domain: Domid, name: string | undefined): Awaitable<Result> {
    return after(this.world("create").createDomain(domain, name), (result) => {
      if (!failed(result)) this.#destroyed.delete(domain);
      return result;
    });
  }

  /** Why whatever waited on a client's domain has ended; undefined: the domain was not destroyed. */
  lossOf(as: Domid | undefined): DeviceError | undefined {
    const domain = this.#domain(as);
    return domain !== undefined && this.#destroyed.has(domain) ? destroyed(domain) : undefined;
  }

  /** The domain that a client names; undefined: that of a real device. */
  #meant(as: Domid | undefined, action: "act as" | "look from"): Domid | undefined {
    if (as !== undefined && as !== DOMID_SELF && this.source.open === undefined) throw oneDomain(action);
    return this.#domain(as);
  }

  #domain(as: Domid | undefined): Domid | undefined {
    const { domain } = this.source;
    return as === DOMID_SELF ? domain : as ?? domain;
  }

  async close(): Promise<void> {
    await this.#handles.closeAll();
    await this.#views.closeAll();
  }
}

function destroyed(domain: Domid): DeviceError {
  return new DeviceError("session", "ENODEV", `${domain}`, `Cannot go on: domain ${domain} was destroyed`);
}

function noWorld(op: string): UsageError {
  return new UsageError(
    `Cannot use "${op}" here: this session holds a real device`,
    'eval "$(evtchn session start --simulator)" starts one with a simulated host, after `evtchn session stop`',
  );
}

function oneDomain(action: "act as" | "look from"): UsageError {
  return new UsageError(
    `Cannot ${action} another domain on a real device`,
    "--as is for the simulator, and this session holds a real device",
  );
}
