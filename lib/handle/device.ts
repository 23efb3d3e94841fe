/**
 * A handle of the event-channel device in this process.
 *
 * @example
 * ```ts
 * import { simulatedKernel } from "../sim/mod.ts";
 * import { LocalDevice } from "./device.ts";
 *
 * const kernel = await simulatedKernel("linux", 0);
 * const device = LocalDevice.open(kernel.abi.devicePath, kernel);
 * const offered = device.allocUnbound(0);
 * device.notify(device.bindInterdomain(0, offered));
 * device.close();
 * ```
 *
 * @module
 */

import { type IoctlName, PAGE_BYTES, type System } from "../../ffi/abi.ts";
import { type Errno, failed, type Result } from "../../ffi/syscalls.ts";
import { channelName, domainName } from "../channel.ts";
import { DeviceFile, type DeviceKernel } from "./device_file.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Channel, Domid, Port } from "../types.ts";
import { virqName } from "../virq.ts";

/** The number of FIFO event channels (xen/include/public/event_channel.h): every port is below it. */
const PORTS_MAX = 131072;

export class LocalDevice implements EventChannelDevice {
  readonly #bindings = new Map<Port, Channel>();
  readonly firstEvents: Set<Port> = new Set<Port>();

  private constructor(private readonly file: DeviceFile, readonly exclusive: boolean) {}

  /** Opens the device at `path`, non-blocking and close-on-exec. */
  static open(path: string, kernel: DeviceKernel): LocalDevice {
    const fd = kernel.syscalls.open(path, { nonblock: true, cloexec: true });
    if (failed(fd)) {
      throw new DeviceError("open", fd, path, `Cannot open "${path}"`, explain("open", fd, kernel.abi.os));
    }
    return new LocalDevice(new DeviceFile(kernel, fd, `"${path}"`, false), true);
  }

  /** Uses an open descriptor, and never closes it. It must be an event-channel device. */
  static adopt(fd: number, kernel: DeviceKernel): LocalDevice {
    const name = `descriptor ${fd}`;
    const blocks = kernel.syscalls.blocks(fd);
    if (typeof blocks === "string") {
      throw new DeviceError("open", blocks, String(fd), `Cannot use ${name}`, explain("*", blocks));
    }
    const file = new DeviceFile(kernel, fd, name, blocks);
    file.prove();
    return new LocalDevice(file, false);
  }

  get system(): System {
    return this.file.system;
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

  bindStatic(port: Port): Port {
    const result = this.file.ioctl("BIND_STATIC", [port]);
    if (failed(result)) throw this.#refusal("bind-static", result, String(port), `Cannot bind port ${port}`);
    this.#bindings.set(port, { kind: "port", port });
    return port;
  }

  unbind(port: Port): void {
    const result = this.file.ioctlOfPort("UNBIND", port);
    if (failed(result)) throw this.#refusal("unbind", result, String(port), `Cannot unbind port ${port}`);
    this.#bindings.delete(port);
    this.firstEvents.delete(port);
  }

  notify(port: Port): void {
    const result = this.file.ioctlOfPort("NOTIFY", port);
    if (failed(result)) throw this.#refusal("notify", result, String(port), `Cannot notify port ${port}`);
  }

  unmask(ports: ArrayLike<Port>): number {
    const result = this.file.write(ports);
    if (failed(result)) throw this.#refusal("unmask", result, "handle", "Cannot unmask ports");
    return result;
  }

  unmaskAll(): void {
    // The driver skips ports of other handles and ports that do not exist (drivers/xen/evtchn.c:293). So writing every
    // possible port also reaches the ports that another process bound on this handle.
    this.unmask(this.exclusive ? [...this.#bindings.keys()] : Array.from({ length: PORTS_MAX }, (_, port) => port));
  }

  reset(): void {
    const result = this.file.ioctl("RESET", []);
    if (failed(result)) throw this.#refusal("reset", result, "handle", "Cannot reset the handle");
  }

  restrict(domain: Domid): void {
    const result = this.file.ioctl("RESTRICT_DOMID", [domain]);
    const name = domainName(domain);
    if (failed(result)) throw this.#refusal("restrict", result, name, `Cannot restrict the handle to domain ${name}`);
  }

  read(bytes: number = PAGE_BYTES): Uint32Array | Errno {
    return this.file.read(bytes);
  }

  poll(events: number, timeout: number, signal?: AbortSignal): Result | Promise<Result> {
    return this.file.poll(events, timeout, signal);
  }

  inheritable(): { readonly fd: number; close(): void } {
    const fd = this.file.dup();
    if (failed(fd)) throw this.#refusal("restrict", fd, "handle", "Cannot duplicate the handle");
    return { fd, close: () => this.file.close(fd) };
  }

  close(): void {
    if (this.exclusive) this.file.close();
    this.#bindings.clear();
    this.firstEvents.clear();
  }

  #bind(op: string, name: IoctlName, values: readonly number[], channel: Channel, action: string): Port {
    const port = this.file.ioctl(name, values);
    if (failed(port)) throw this.#refusal(op, port, channelName(channel), action);
    this.#bindings.set(port, channel);
    if (channel.kind === "interdomain") this.firstEvents.add(port);
    return port;
  }

  #refusal(op: string, errno: Errno, subject: string, action: string): DeviceError {
    return new DeviceError(op, errno, subject, action, explain(op, errno, this.system));
  }
}
