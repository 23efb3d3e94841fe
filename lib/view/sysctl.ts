/** Xen's console ring, debug keys and domains, by the hypercall that `xl` uses. @module */

import { PAGE_BYTES } from "../../ffi/abi.ts";
import {
  DOMAIN_INFO_BYTES,
  INTERFACE_VERSIONS,
  NO_VCPU,
  packDebugKeys,
  packDomainQuery,
  packReadConsole,
  SYSCTL,
  SYSCTL_BYTES,
  unpackConsoleRead,
  unpackDomainCount,
  unpackDomainInfo,
  XEN_DOMINF,
} from "../../ffi/sysctl.ts";
import { type Errno, failed, type Syscalls } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { DOMID_FIRST_RESERVED } from "../types.ts";
import { Hypercalls } from "./hypercall.ts";
import type { DumpKey, XenControl, XenDomain } from "./xen_control.ts";

/** The first page has the arguments, then the keys; the others are what Xen writes to. */
const KEYS_AT = 512;
const ROOM_AT = PAGE_BYTES;
const ROOM_PAGES = 16;
const ROOM_BYTES = ROOM_PAGES * PAGE_BYTES;

/** What Xen is asked with a version of the interface: packs the question. */
type Question = (version: number, into: Uint8Array) => void;

/**
 * One user of the hypercall. Every method ends before it returns, so uses of one process do not meet between the key
 * and the text. Another process's text may stand around the one that is meant.
 */
export class Sysctl implements XenControl {
  readonly #hypercalls: Hypercalls;
  readonly #packed: Uint8Array;
  readonly #argument = new Uint8Array(SYSCTL_BYTES);
  /** Of the interface, once Xen has accepted it. */
  #version: number | undefined;
  /** Where the ring ended when it was last read. */
  #index = 0;

  constructor(syscalls: Syscalls) {
    this.#hypercalls = Hypercalls.open(syscalls, 1 + ROOM_PAGES);
    this.#packed = Hypercalls.pack(SYSCTL, [this.#hypercalls.memory.address]);
  }

  dump(key: DumpKey): string {
    this.#read(); // what is there before
    const { memory } = this.#hypercalls;
    const keys = new TextEncoder().encode(key);
    memory.write(KEYS_AT, keys);
    const at = memory.address + BigInt(KEYS_AT);
    this.#ask(
      `Cannot press Xen's debug key "${key}"`,
      (version, into) => packDebugKeys(version, at, keys.length, into),
    );
    return this.#read();
  }

  /** One by one: then the size of Xen's struct, which differs between versions, does not matter. */
  domains(): XenDomain[] {
    const { memory } = this.#hypercalls;
    const buffer = memory.address + BigInt(ROOM_AT);
    const bytes = new Uint8Array(DOMAIN_INFO_BYTES);
    const found: XenDomain[] = [];
    for (let first = 0; first < DOMID_FIRST_RESERVED; first = found.at(-1)!.domain + 1) {
      this.#ask(
        "Cannot list Xen's domains",
        (version, into) => packDomainQuery(version, { first, max: 1, buffer }, into),
      );
      if (unpackDomainCount(this.#argument) === 0) break;
      memory.read(ROOM_AT, bytes);
      const { domain, flags, maxVcpuId } = unpackDomainInfo(bytes);
      const has = (bit: number) => (flags & bit) !== 0;
      found.push({
        domain,
        dying: has(XEN_DOMINF.dying),
        shutdown: has(XEN_DOMINF.shutdown),
        paused: has(XEN_DOMINF.paused),
        ...maxVcpuId === NO_VCPU ? undefined : { maxVcpu: maxVcpuId },
      });
    }
    return found;
  }

  close(): void {
    this.#hypercalls.close();
  }

  /** Reads the ring from `#index` to its end. If text of it was overwritten, it begins behind that, with a whole line. */
  #read(): string {
    const { memory } = this.#hypercalls;
    const buffer = memory.address + BigInt(ROOM_AT);
    // Guests can write any bytes to the console, and a ring may begin within a character.
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const from = this.#index;
      this.#ask(
        "Cannot read Xen's console",
        (version, into) => packReadConsole(version, { index: from, buffer, room: ROOM_BYTES }, into),
      );
      const { index, count } = unpackConsoleRead(this.#argument);
      const bytes = new Uint8Array(Math.min(count, ROOM_BYTES));
      memory.read(ROOM_AT, bytes);
      const part = decoder.decode(bytes, { stream: true });
      const jumped = ((index - count) >>> 0) !== from;
      text = jumped ? part.slice(part.indexOf("\n") + 1) : text + part;
      this.#index = index;
      if (count < ROOM_BYTES) return text + decoder.decode();
    }
  }

  /** Asks, at first with every version until Xen accepts one. The answer is in `#argument`. */
  #ask(action: string, question: Question): void {
    const errno = this.#version === undefined ? this.#agree(question) : this.#try(question, this.#version);
    if (errno !== undefined) throw refusal(errno, action);
  }

  #agree(question: Question): Errno | undefined {
    for (const version of INTERFACE_VERSIONS) {
      const errno = this.#try(question, version);
      if (errno === "EACCES") continue;
      if (errno === undefined) this.#version = version;
      return errno;
    }
    return "EACCES";
  }

  #try(question: Question, version: number): Errno | undefined {
    const { memory } = this.#hypercalls;
    question(version, this.#argument);
    memory.write(0, this.#argument);
    const result = this.#hypercalls.call(this.#packed);
    if (failed(result)) return result;
    memory.read(0, this.#argument);
  }
}

function refusal(errno: Errno, action: string): DeviceError {
  return new DeviceError("sysctl", errno, "sysctl", action, explain("sysctl", errno));
}
