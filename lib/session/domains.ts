/** What a session holds: handles and views, one of each for every domain that a client acts as. @module */

import type { System } from "../../ffi/abi.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { Opened } from "../handle/opened.ts";
import { type Awaitable, type Domid, DOMID_SELF } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { SessionHandle } from "./session_handle.ts";

/** Where a session gets its handles and views from. `own` is the handle of its own domain. */
export interface SessionSource {
  readonly own: EventChannelDevice;
  /** Opens the handle of a simulated domain; undefined for a real device, which has one domain. */
  readonly open?: (domain: Domid) => EventChannelDevice;
  /** Opens the view from a simulated domain; `domain` is undefined for a real device. */
  readonly view: (domain: Domid | undefined) => HostView;
  /** The own domain, in a simulation. */
  readonly domain?: Domid;
}

/** The handles and views of one session. Domains are opened at their first use; undefined is the session's own. */
export class SessionDomains {
  readonly #handles = new Opened<SessionHandle>();
  readonly #views = new Opened<HostView>();

  constructor(private readonly source: SessionSource, private readonly clock: Clock) {
    void this.handle(undefined);
  }

  get system(): System | undefined {
    return this.source.own.system;
  }

  /** The own domain, in a simulation. */
  get domain(): Domid | undefined {
    return this.source.domain;
  }

  handle(as: Domid | undefined): Awaitable<SessionHandle> {
    const { own, open, domain: ownDomain } = this.source;
    if (as !== undefined && open === undefined) throw oneDomain("act as");
    const domain = as === DOMID_SELF ? ownDomain : as ?? ownDomain;
    return this.#handles.get(
      `${domain}`,
      () => new SessionHandle(domain === undefined || domain === ownDomain ? own : open!(domain), this.clock),
    );
  }

  view(as: Domid | undefined): Awaitable<HostView> {
    const { open, view, domain: ownDomain } = this.source;
    if (as !== undefined && as !== DOMID_SELF && open === undefined) throw oneDomain("look from");
    const domain = as === DOMID_SELF ? ownDomain : as ?? ownDomain;
    return this.#views.get(`${domain}`, () => view(domain));
  }

  async close(): Promise<void> {
    await this.#handles.closeAll();
    await this.#views.closeAll();
  }
}

function oneDomain(action: "act as" | "look from"): UsageError {
  return new UsageError(
    `Cannot ${action} another domain on a real device`,
    "--as is for the simulator, and this session holds a real device",
  );
}
