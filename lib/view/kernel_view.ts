/** A host seen through the devices of a kernel: privcmd for Xen's port tables, xenbus for xenstore. @module */

import type { Abi } from "../../ffi/abi.ts";
import { PRIVCMD_PATH } from "../../ffi/privcmd.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import { explain } from "../explain.ts";
import { LocalDevice } from "../handle/device.ts";
import { parseU32 } from "../parse.ts";
import { type Domid, DOMID_FIRST_RESERVED, DOMID_SELF } from "../types.ts";
import type { XenStore } from "../xenstore/store.ts";
import { type HostView, STORE_TIMEOUT } from "./host_view.ts";
import { Privcmd } from "./privcmd.ts";
import type { Sysctl } from "./sysctl.ts";
import { SyscallFiles } from "./syscall_files.ts";

export interface ViewedKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
}

export class KernelView implements HostView {
  #tables: Privcmd | undefined;
  #xen: Promise<Sysctl> | undefined;
  #store: Promise<XenStore> | undefined;
  /** What `#store` came to. */
  #opened: XenStore | undefined;
  #files: SyscallFiles | undefined;
  #storeTimeout = STORE_TIMEOUT;

  constructor(private readonly kernel: ViewedKernel, private readonly clock: Clock) {}

  tables(): Privcmd {
    this.#requireLinux();
    return this.#tables ??= new Privcmd(this.kernel.syscalls);
  }

  async xen(): Promise<Sysctl> {
    this.#requireLinux();
    return await (this.#xen ??= import("./sysctl.ts").then(({ Sysctl }) => new Sysctl(this.kernel.syscalls)));
  }

  async store(): Promise<XenStore> {
    this.#requireLinux();
    return await (this.#store ??= this.#openStore());
  }

  files(): SyscallFiles {
    this.#requireLinux();
    return this.#files ??= new SyscallFiles(this.kernel.syscalls);
  }

  async setStoreTimeout(milliseconds: number): Promise<void> {
    this.#storeTimeout = milliseconds;
    const store = await this.#store?.catch(() => undefined);
    if (store?.ended === undefined) return store?.setTimeout(milliseconds);
    this.#store = this.#opened = undefined;
    await store.close();
  }

  get silent(): DeviceError | undefined {
    const ended = this.#opened?.ended;
    return ended?.errno === "ETIMEDOUT" ? ended : undefined;
  }

  async ownDomain(): Promise<Domid | undefined> {
    return await this.#domainOfOwnPort() ?? await this.#domainInStore(); // Xen first: it needs no daemon
  }

  async close(): Promise<void> {
    this.#tables?.close();
    this.#tables = undefined;
    const xen = this.#xen;
    this.#xen = undefined;
    (await xen?.catch(() => undefined))?.close();
    const store = this.#store;
    this.#store = undefined;
    await (await store?.catch(() => undefined))?.close();
  }

  /**
   * Allocates a port for DOMID_SELF, which Xen stores with the caller's real id (xen/common/event_channel.c,
   * evtchn_alloc_unbound), reads its status and closes it.
   */
  #domainOfOwnPort(): Promise<Domid | undefined> {
    return unlessRefused(() => {
      const device = LocalDevice.open(this.kernel.abi.devicePath, this.kernel);
      try {
        const status = this.tables().status(DOMID_SELF, device.allocUnbound(DOMID_SELF));
        return typeof status !== "string" && status.status === "unbound" ? status.remoteDomain : undefined;
      } finally {
        device.close();
      }
    });
  }

  /** The toolstack writes `domid` into each domain's own folder. */
  #domainInStore(): Promise<Domid | undefined> {
    return unlessRefused(async () => {
      const domain = parseU32(await (await this.store()).read("domid") ?? "");
      return domain !== undefined && domain < DOMID_FIRST_RESERVED ? domain : undefined;
    });
  }

  async #openStore(): Promise<XenStore> {
    const { openStore } = await import("../xenstore/mod.ts");
    return this.#opened = await openStore(this.kernel.syscalls, this.clock, { timeout: this.#storeTimeout });
  }

  #requireLinux(): void {
    const { os } = this.kernel.abi;
    if (os === "linux") return;
    const message = `Cannot look beyond a handle on ${os}`;
    throw new DeviceError("privcmd", "ENOTSUP", PRIVCMD_PATH, message, explain("privcmd", "ENOTSUP"));
  }
}
