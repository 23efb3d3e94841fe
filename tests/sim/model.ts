/**
 * A second opinion on Linux' device: a few lists, searched from end to end, and no ring, mask or pending bit.
 *
 * It says the same as lib/sim in the plainest words there are, so that the two can be held against each other.
 *
 * @module
 */

import { type Errno, Poll, type Result } from "../../ffi/syscalls.ts";

/** A port that some handle has bound. */
interface Port {
  readonly domid: number;
  readonly port: number;
  readonly owner: ModelHandle;
  /** The domain that may bind to it, while nobody has. */
  reservedFor: number;
  peer: Port | undefined;
  /** Whether an event goes to the ring now; if not, one waits at most. */
  enabled: boolean;
  waits: boolean;
}

/** What the model keeps of one handle. */
interface ModelHandle {
  readonly domid: number;
  /** Ports to be read, the oldest first. */
  entries: number[];
  room: number;
  lost: boolean;
  restrictedTo: number | undefined;
}

/** What handles of several domains answer. */
export class Model {
  readonly #handles: ModelHandle[];
  #ports: Port[] = [];

  /**
   * @param domids The domain of each handle.
   * @param firstPort The first port that users get, in each of the domains.
   */
  constructor(domids: readonly number[], readonly firstPort: number) {
    this.#handles = domids.map((domid) => ({ domid, entries: [], room: 0, lost: false, restrictedTo: undefined }));
  }

  allocUnbound(handle: number, remote: number): Result {
    const owner = this.#handles[handle];
    if (owner.restrictedTo !== undefined) return "EACCES";
    return this.#bind(owner, remote, undefined);
  }

  bindInterdomain(handle: number, remote: number, port: number): Result {
    const owner = this.#handles[handle];
    if (owner.restrictedTo !== undefined && owner.restrictedTo !== remote) return "EACCES";
    const peer = this.#at(remote, port);
    if (peer === undefined || peer.peer !== undefined || peer.reservedFor !== owner.domid) return "EINVAL";
    const local = this.#bind(owner, remote, peer);
    peer.peer = this.#at(owner.domid, local);
    this.#event(peer.peer!);
    return local;
  }

  unbind(handle: number, port: number): Result {
    const mine = this.#mine(handle, port);
    if (mine === undefined) return "ENOTCONN";
    this.#ports = this.#ports.filter((other) => other !== mine);
    if (mine.peer !== undefined) {
      mine.peer.peer = undefined;
      mine.peer.reservedFor = mine.domid;
    }
    return 0;
  }

  notify(handle: number, port: number): Result {
    const mine = this.#mine(handle, port);
    if (mine === undefined) return "ENOTCONN";
    if (mine.peer !== undefined) this.#event(mine.peer);
    return 0;
  }

  write(handle: number, ports: readonly number[]): Result {
    for (const port of ports) {
      const mine = this.#mine(handle, port);
      if (mine === undefined || mine.enabled) continue;
      mine.enabled = true;
      if (mine.waits) this.#event(mine);
    }
    return ports.length * 4;
  }

  read(handle: number, count: number): number[] | Errno {
    const { entries, lost } = this.#handles[handle];
    if (count === 0) return [];
    if (lost) return "EFBIG";
    return entries.length === 0 ? "EAGAIN" : entries.splice(0, count);
  }

  poll(handle: number): number {
    const { entries, lost } = this.#handles[handle];
    if (lost) return Poll.ERR;
    return Poll.OUT | Poll.WRNORM | (entries.length > 0 ? Poll.IN | Poll.RDNORM : 0);
  }

  reset(handle: number): Result {
    this.#handles[handle].entries = [];
    this.#handles[handle].lost = false;
    return 0;
  }

  restrict(handle: number, domid: number): Result {
    const owner = this.#handles[handle];
    if (owner.restrictedTo !== undefined) return "EACCES";
    if (domid === 0) return "EINVAL";
    owner.restrictedTo = domid;
    return 0;
  }

  #event(port: Port): void {
    port.waits = !port.enabled;
    if (port.waits) return;
    port.enabled = false;
    const { owner } = port;
    if (owner.entries.length < owner.room) owner.entries.push(port.port);
    else owner.lost = true;
  }

  #bind(owner: ModelHandle, reservedFor: number, peer: Port | undefined): number {
    let port = this.firstPort;
    while (this.#at(owner.domid, port) !== undefined) port++;
    this.#ports.push({ domid: owner.domid, port, owner, reservedFor, peer, enabled: true, waits: false });
    const bound = this.#ports.filter((other) => other.owner === owner).length;
    if (bound > owner.room) owner.room = owner.room === 0 ? 64 : 2 * owner.room;
    return port;
  }

  #at(domid: number, port: number): Port | undefined {
    return this.#ports.find((other) => other.domid === domid && other.port === port);
  }

  #mine(handle: number, port: number): Port | undefined {
    return this.#ports.find((other) => other.owner === this.#handles[handle] && other.port === port);
  }
}
