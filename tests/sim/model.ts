/**
 * A second opinion on the drivers: a few lists, searched from end to end, and no ring, mask or pending bit.
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
export interface ModelHandle {
  readonly domid: number;
  /** Ports to be read, the oldest first. */
  entries: number[];
  room: number;
  lost: boolean;
  restrictedTo: number | undefined;
}

/** What handles of several domains answer: what the systems have in common. */
export abstract class Model {
  protected readonly handles: readonly ModelHandle[];
  #ports: Port[] = [];

  /**
   * @param domids The domain of each handle.
   * @param firstPort The first port that users get, in each of the domains.
   * @param room How many entries a handle has room for at first.
   */
  constructor(domids: readonly number[], readonly firstPort: number, room: number) {
    this.handles = domids.map((domid) => ({ domid, entries: [], room, lost: false, restrictedTo: undefined }));
  }

  /** What poll(2) for `events` gives. */
  abstract poll(handle: number, events: number): number;
  abstract reset(handle: number): Result;
  abstract restrict(handle: number, domid: number): Result;
  /** What a port that the handle has not bound is, to unbind and to notify. */
  protected abstract unknown(port: number, verb: "unbind" | "notify"): Errno;
  /** Makes room for one more port when `bound` are bound. */
  protected abstract makeRoom(owner: ModelHandle, bound: number): void;

  allocUnbound(handle: number, remote: number): Result {
    const owner = this.handles[handle];
    if (owner.restrictedTo !== undefined) return "EACCES";
    return this.#bind(owner, remote, undefined);
  }

  bindInterdomain(handle: number, remote: number, port: number): Result {
    const owner = this.handles[handle];
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
    if (mine === undefined) return this.unknown(port, "unbind");
    this.#ports = this.#ports.filter((other) => other !== mine);
    if (mine.peer !== undefined) {
      mine.peer.peer = undefined;
      mine.peer.reservedFor = mine.domid;
    }
    return 0;
  }

  notify(handle: number, port: number): Result {
    const mine = this.#mine(handle, port);
    if (mine === undefined) return this.unknown(port, "notify");
    if (mine.peer !== undefined) this.#event(mine.peer);
    return 0;
  }

  write(handle: number, ports: readonly number[]): Result {
    for (const port of ports) {
      const mine = this.#mine(handle, port);
      if (mine === undefined) continue;
      mine.enabled = true;
      if (mine.waits) this.#event(mine);
    }
    return ports.length * 4;
  }

  read(handle: number, count: number): number[] | Errno {
    const { entries, lost } = this.handles[handle];
    if (count === 0) return [];
    if (lost) return "EFBIG";
    return entries.length === 0 ? "EAGAIN" : entries.splice(0, count);
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
    this.makeRoom(owner, this.#ports.filter((other) => other.owner === owner).length);
    return port;
  }

  #at(domid: number, port: number): Port | undefined {
    return this.#ports.find((other) => other.domid === domid && other.port === port);
  }

  #mine(handle: number, port: number): Port | undefined {
    return this.#ports.find((other) => other.owner === this.handles[handle] && other.port === port);
  }
}

/** Linux (drivers/xen/evtchn.c). */
export class LinuxModel extends Model {
  constructor(domids: readonly number[], firstPort: number) {
    super(domids, firstPort, 0);
  }

  override poll(handle: number, events: number): number {
    const { entries, lost } = this.handles[handle];
    if (lost) return Poll.ERR;
    return (Poll.OUT | Poll.WRNORM | (entries.length > 0 ? Poll.IN | Poll.RDNORM : 0)) & events;
  }

  override reset(handle: number): Result {
    this.handles[handle].entries = [];
    this.handles[handle].lost = false;
    return 0;
  }

  override restrict(handle: number, domid: number): Result {
    const owner = this.handles[handle];
    if (owner.restrictedTo !== undefined) return "EACCES";
    if (domid === 0) return "EINVAL";
    owner.restrictedTo = domid;
    return 0;
  }

  protected override unknown(port: number, verb: "unbind" | "notify"): Errno {
    return verb === "unbind" && port >= 4096 ? "EINVAL" : "ENOTCONN";
  }

  protected override makeRoom(owner: ModelHandle, bound: number): void {
    if (bound > owner.room) owner.room = owner.room === 0 ? 64 : 2 * owner.room;
  }
}

/** illumos (usr/src/uts/common/xen/io/evtchn_dev.c). */
export class IllumosModel extends Model {
  constructor(domids: readonly number[], firstPort: number) {
    super(domids, firstPort, 1024);
  }

  override poll(handle: number, events: number): number {
    const { entries, lost } = this.handles[handle];
    return ((Poll.OUT | (entries.length > 0 ? Poll.IN | Poll.RDNORM : 0)) & events) | (lost ? Poll.ERR : 0);
  }

  override reset(): Result {
    return "ENOSYS";
  }

  override restrict(): Result {
    return "ENOSYS";
  }

  protected override unknown(port: number, verb: "unbind" | "notify"): Errno {
    if (port < 4096) return "ENOTCONN";
    return verb === "unbind" ? "EFAULT" : "EINVAL";
  }

  protected override makeRoom(): void {}
}
