/**
 * A host seen through the devices of one kernel, running or simulated: privcmd for Xen's tables, xenstore for what
 * domains say of themselves.
 *
 * @module
 */

import type { Abi } from "../../ffi/abi.ts";
import { PRIVCMD_PATH } from "../../ffi/privcmd.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import { LocalDevice } from "../handle/device.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import { explain } from "../explain.ts";
import { parseU32 } from "../parse.ts";
import { Privcmd } from "./privcmd.ts";
import { type Domid, DOMID_FIRST_RESERVED, DOMID_SELF } from "../types.ts";
import type { OpenStore } from "../xenstore/store.ts";
import type { HostView } from "./host_view.ts";

/** Made here: Deno reads what a literal import names before the program starts. */
const XENSTORE = import.meta.resolve("../xenstore/mod.ts");

/** What a kernel's view is made of. */
export interface ViewedKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
}

/** {@linkcode HostView} over system calls. */
export class KernelView implements HostView {
  readonly #kernel: ViewedKernel;
  readonly #clock: Clock;
  #tables: Privcmd | undefined;
  #store: Promise<OpenStore> | undefined;

  /** @param clock Whose time an answer of xenstored is waited for. */
  constructor(kernel: ViewedKernel, clock: Clock) {
    this.#kernel = kernel;
    this.#clock = clock;
  }

  tables(): Privcmd {
    this.#refuseOthers();
    return this.#tables ??= Privcmd.open(this.#kernel.syscalls);
  }

  async store(): Promise<OpenStore> {
    this.#refuseOthers();
    return await (this.#store ??= this.#openStore());
  }

  /** Xen's own word comes first: it needs no daemon that answers. */
  async ownDomain(): Promise<Domid | undefined> {
    return await this.#domainOfOwnPort() ?? await this.#domainInStore();
  }

  async close(): Promise<void> {
    this.#tables?.close();
    this.#tables = undefined;
    const store = this.#store;
    this.#store = undefined;
    await (await store?.catch(() => undefined))?.close();
  }

  /**
   * A port for DOMID_SELF is kept as one for the caller's id (xen/common/event_channel.c, evtchn_alloc_unbound), so
   * its status tells that id. The port is closed at once.
   */
  #domainOfOwnPort(): Promise<Domid | undefined> {
    return unlessRefused(() => {
      const device = LocalDevice.open(this.#kernel.abi.devicePath, this.#kernel);
      try {
        const status = this.tables().status(DOMID_SELF, device.allocUnbound(DOMID_SELF));
        return typeof status !== "string" && status.status === "unbound" ? status.remoteDomain : undefined;
      } finally {
        device.close();
      }
    });
  }

  /** The toolstack writes it into each domain's own folder. */
  #domainInStore(): Promise<Domid | undefined> {
    return unlessRefused(async () => {
      const domain = parseU32(await (await this.store()).read("domid") ?? "");
      return domain !== undefined && domain < DOMID_FIRST_RESERVED ? domain : undefined;
    });
  }

  async #openStore(): Promise<OpenStore> {
    const { openStore }: typeof import("../xenstore/mod.ts") = await import(XENSTORE);
    return await openStore(this.#kernel.syscalls, this.#clock);
  }

  #refuseOthers(): void {
    const { os } = this.#kernel.abi;
    if (os === "linux") return;
    throw new DeviceError(
      "privcmd",
      "ENOTSUP",
      PRIVCMD_PATH,
      `Cannot look beyond a handle on ${os}`,
      explain("privcmd", "ENOTSUP"),
    );
  }
}
