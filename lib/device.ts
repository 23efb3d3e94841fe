/**
 * A handle of the event-channel device in this process: the verbs, packed for the ABI and made as system calls.
 *
 * @module
 */

import { type Abi, type IoctlName, pack, PAGE_BYTES, PORT_BYTES } from "../ffi/abi.ts";
import { setU32 } from "../ffi/endian.ts";
import { type Errno, failed, Poll, type Result, type Syscalls } from "../ffi/syscalls.ts";
import { channelName, domainName } from "./channel.ts";
import { DeviceError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Channel, Domid, Port } from "./types.ts";
import { virqName } from "./virq.ts";

/** Ports that one read(2) or write(2) carries at the most. */
const PORTS_A_PAGE = PAGE_BYTES / PORT_BYTES;

/** Where FIFO event channels end (xen/include/public/event_channel.h): no handle has a port from here on. */
const PORTS_MAX = 131072;

/** The errnos by which the drivers say that port 0 is not bound here: Linux the first, illumos also the second. */
const ANSWERS_OF_A_DRIVER: readonly Result[] = ["ENOTCONN", "EPERM"];

/** How {@linkcode LocalDevice} is made. */
export interface LocalDeviceOptions {
  /** The kernel's system calls. */
  readonly syscalls: Syscalls;
  /** How its driver wants the arguments. */
  readonly abi: Abi;
}

/** {@linkcode EventChannelDevice} over a descriptor of this process. */
export class LocalDevice implements EventChannelDevice {
  readonly #syscalls: Syscalls;
  readonly #abi: Abi;
  readonly #fd: number;
  readonly #name: string;
  readonly #blocks: boolean;
  readonly #bindings = new Map<Port, Channel>();
  readonly #arg8 = new Uint8Array(8);
  readonly #arg4 = this.#arg8.subarray(0, 4);
  readonly #arg2 = this.#arg8.subarray(0, 2);
  readonly #page = new Uint32Array(PORTS_A_PAGE);
  readonly #pageBytes = new Uint8Array(this.#page.buffer);
  readonly #out = new Uint32Array(PORTS_A_PAGE);
  readonly #outBytes = new Uint8Array(this.#out.buffer);
  readonly exclusive: boolean;
  #proven = false;

  private constructor(options: LocalDeviceOptions, fd: number, name: string, exclusive: boolean, blocks: boolean) {
    this.#syscalls = options.syscalls;
    this.#abi = options.abi;
    this.#fd = fd;
    this.#name = name;
    this.#blocks = blocks;
    this.exclusive = exclusive;
  }

  /**
   * Opens the device at `path`, without blocking and closed on exec.
   *
   * @throws {DeviceError} If it cannot be opened.
   */
  static open(path: string, options: LocalDeviceOptions): LocalDevice {
    const fd = options.syscalls.open(path, { nonblock: true, cloexec: true });
    if (failed(fd)) throw new DeviceError("open", fd, path, `Cannot open "${path}"`, explain("open", fd));
    return new LocalDevice(options, fd, `"${path}"`, true, false);
  }

  /**
   * Takes over the verbs, not the ownership, of a descriptor that is open already.
   *
   * @throws {DeviceError} If it is not open, or is no event-channel device.
   */
  static adopt(fd: number, options: LocalDeviceOptions): LocalDevice {
    const blocks = options.syscalls.blocks(fd);
    if (typeof blocks === "string") {
      throw new DeviceError("open", blocks, String(fd), `Cannot use descriptor ${fd}`, explain("*", blocks));
    }
    const device = new LocalDevice(options, fd, `descriptor ${fd}`, false, blocks);
    device.#prove();
    return device;
  }

  get bindings(): ReadonlyMap<Port, Channel> {
    return this.#bindings;
  }

  bindVirq(virq: number): Port {
    const channel: Channel = { kind: "virq", virq };
    return this.#bind("bind-virq", "BIND_VIRQ", [virq], channel, `Cannot bind virq:${virqName(virq)}`);
  }

  bindInterdomain(domain: Domid, remotePort: Port): Port {
    const channel: Channel = { kind: "interdomain", domain, port: remotePort };
    const action = `Cannot bind port ${remotePort} of domain ${domainName(domain)}`;
    return this.#bind("bind-interdomain", "BIND_INTERDOMAIN", [domain, remotePort], channel, action);
  }

  allocUnbound(domain: Domid): Port {
    const channel: Channel = { kind: "unbound", domain };
    const action = `Cannot allocate a port for domain ${domainName(domain)}`;
    return this.#bind("alloc-unbound", "BIND_UNBOUND_PORT", [domain], channel, action);
  }

  unbind(port: Port): void {
    const result = this.#ioctlOfPort("UNBIND", port);
    if (failed(result)) throw refusal("unbind", result, String(port), `Cannot unbind port ${port}`);
    this.#bindings.delete(port);
  }

  notify(port: Port): void {
    const result = this.#ioctlOfPort("NOTIFY", port);
    if (failed(result)) throw refusal("notify", result, String(port), `Cannot notify port ${port}`);
  }

  unmask(ports: ArrayLike<Port>): number {
    this.#prove();
    let bytes = 0;
    for (let first = 0; first < ports.length; first += PORTS_A_PAGE) {
      const count = Math.min(PORTS_A_PAGE, ports.length - first);
      for (let i = 0; i < count; i++) this.#out[i] = ports[first + i];
      bytes += this.#write(count * PORT_BYTES);
    }
    return bytes;
  }

  unmaskAll(): void {
    // Ports of others and ports that do not exist are skipped in silence (drivers/xen/evtchn.c:293), so that naming
    // every port there can be reaches the ones that another process bound on this handle too.
    this.unmask(this.exclusive ? [...this.#bindings.keys()] : Array.from({ length: PORTS_MAX }, (_, port) => port));
  }

  reset(): void {
    const result = this.#ioctl("RESET", []);
    if (failed(result)) throw refusal("reset", result, "handle", "Cannot reset the handle");
  }

  restrict(domain: Domid): void {
    const result = this.#ioctl("RESTRICT_DOMID", [domain]);
    const name = domainName(domain);
    if (failed(result)) throw refusal("restrict", result, name, `Cannot restrict the handle to domain ${name}`);
  }

  read(bytes: number = PAGE_BYTES): Uint32Array | Errno {
    this.#prove();
    if (this.#blocks && bytes >= PORT_BYTES) {
      // The shell opened it without O_NONBLOCK: ask first whether read(2) would wait.
      const ready = this.#syscalls.pollNow(this.#fd, Poll.IN);
      if (failed(ready)) return ready;
      if (ready === 0) return "EAGAIN";
    }
    const buffer = bytes >= PAGE_BYTES ? this.#pageBytes : this.#pageBytes.subarray(0, bytes);
    const result = this.#syscalls.read(this.#fd, buffer);
    return failed(result) ? result : this.#page.subarray(0, result / PORT_BYTES);
  }

  poll(events: number, timeout: number, signal?: AbortSignal): Result | Promise<Result> {
    this.#prove();
    return timeout === 0
      ? this.#syscalls.pollNow(this.#fd, events)
      : this.#syscalls.poll(this.#fd, events, timeout, signal);
  }

  inheritable(): { readonly fd: number; close(): void } {
    const fd = this.#syscalls.dup(this.#fd);
    if (failed(fd)) throw refusal("restrict", fd, "handle", "Cannot duplicate the handle");
    return { fd, close: () => void this.#syscalls.close(fd) };
  }

  close(): void {
    if (this.exclusive) this.#syscalls.close(this.#fd);
    this.#bindings.clear();
  }

  #bind(op: string, name: IoctlName, values: readonly number[], channel: Channel, action: string): Port {
    const port = this.#ioctl(name, values);
    if (failed(port)) throw refusal(op, port, channelName(channel), action);
    this.#bindings.set(port, channel);
    return port;
  }

  #ioctl(name: IoctlName, values: readonly number[]): Result {
    const ioctl = this.#abi.ioctls[name];
    pack(ioctl, values, this.#arg8);
    const result = this.#syscalls.ioctl(this.#fd, ioctl.request, this.#arg8.subarray(0, ioctl.size));
    if (!failed(result)) this.#proven = true;
    return result;
  }

  /** {@linkcode LocalDevice.#ioctl} for the two that are made for every event: no array, no closure. */
  #ioctlOfPort(name: "UNBIND" | "NOTIFY", port: Port): Result {
    setU32(this.#arg4, 0, port);
    const result = this.#syscalls.ioctl(this.#fd, this.#abi.ioctls[name].request, this.#arg4);
    if (!failed(result)) this.#proven = true;
    return result;
  }

  #write(bytes: number): number {
    let written = 0;
    while (written < bytes) {
      const result = this.#syscalls.write(this.#fd, this.#outBytes.subarray(written, bytes));
      if (result === "EINTR") continue;
      if (failed(result)) throw refusal("unmask", result, "handle", "Cannot unmask ports");
      if (result === 0) throw refusal("unmask", "EIO", "handle", "Cannot unmask ports");
      written += result;
    }
    return written;
  }

  /**
   * Makes sure that this is an event-channel device, before anything is written to it or taken from it: a mistyped
   * path may be a disk. Notifying port 0, which is never bound, changes nothing and has one answer.
   */
  #prove(): void {
    if (this.#proven) return;
    const result = this.#ioctlOfPort("NOTIFY", 0);
    if (failed(result) && !ANSWERS_OF_A_DRIVER.includes(result) && !(result === "EINVAL" && this.#abi.os !== "linux")) {
      throw new DeviceError("open", result, this.#name, `Cannot use ${this.#name}`, explain("*", "ENOTTY"));
    }
    this.#proven = true;
  }
}

function refusal(op: string, errno: Errno, subject: string, action: string): DeviceError {
  return new DeviceError(op, errno, subject, action, explain(op, errno));
}
