/** The simulated host of a session, for its clients. @module */

import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { DeviceRequest, MadeDevice } from "../sim/toolstack/devices.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Domid } from "../types.ts";
import { PAYLOAD_MAX } from "../xenstore/wire.ts";
import type { SessionLink } from "./link.ts";

/** An undefined domain is the session's own. If the session holds a real device, each call throws a UsageError. */
export class RemoteWorld implements SimulatedWorld {
  constructor(private readonly link: SessionLink) {}

  raise(virq: number, domain: Domid | undefined): Promise<Result> {
    return this.link.request("raise", { virq }, domain);
  }

  createDomain(domain: Domid, name?: string): Promise<Result> {
    return this.link.request("create", { domain, name });
  }

  destroyDomain(domain: Domid, held?: boolean): Promise<Result> {
    return this.link.request("destroy", { domain, held });
  }

  createDevice({ kind, domain, index, backend, queues, fault }: DeviceRequest): Promise<MadeDevice | Errno> {
    return this.link.request("device", { kind, domain, index, backend, queues, fault });
  }

  writeStore(domain: Domid | undefined, path: string, value: string): Result | Promise<Result> {
    if (path.length + value.length > PAYLOAD_MAX) return "E2BIG"; // it would not fit into a request either
    return this.link.request("store-write", { path, value }, domain);
  }

  removeStore(domain: Domid | undefined, path: string): Result | Promise<Result> {
    if (path.length > PAYLOAD_MAX) return "E2BIG";
    return this.link.request("store-rm", { path }, domain);
  }

  /** Hangs up. */
  close(): Promise<void> {
    return this.link.close();
  }
}
