/**
 * The rig itself, tried with nothing but libc: if these fail, no other test
 * on the real device means anything.
 */
import { assert, assertEquals } from "@std/assert";

const device = Deno.env.get("EVTCHN_TEST_DEVICE") ?? "/dev/xen/evtchn";
const bindVirq = 0x00044500;
const bindInterdomain = 0x00084501;
const bindUnboundPort = 0x00044502;
const notify = 0x00044504;
const openFlags = 0o2 | 0o4000 | 0o2000000; // O_RDWR | O_NONBLOCK | O_CLOEXEC
const pollIn = 0x1;

function openLibc() {
  return Deno.dlopen("libc.so.6", {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
    ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  });
}

/** One open handle on the device, closed when it goes out of use. */
class Handle implements Disposable {
  #libc = openLibc();
  #fd: number;

  constructor() {
    this.#fd = this.#libc.symbols.open(new TextEncoder().encode(`${device}\0`), openFlags);
    assert(this.#fd >= 0, `${device} does not open`);
  }

  ioctl(number: number, ...words: number[]): number {
    return this.#libc.symbols.ioctl(this.#fd, BigInt(number), new Uint32Array(words));
  }

  /** Waits for the device to become readable; gives poll's answer. */
  poll(milliseconds: number): number {
    const entry = new Int32Array([this.#fd, pollIn]);
    this.#libc.symbols.poll(entry, 1n, milliseconds);
    return entry[1] >> 16;
  }

  read(): number[] {
    const ports = new Uint32Array(64);
    const count = Number(this.#libc.symbols.read(this.#fd, ports, BigInt(ports.byteLength)));
    return [...ports.subarray(0, Math.max(count, 0) / 4)];
  }

  [Symbol.dispose](): void {
    this.#libc.symbols.close(this.#fd);
    this.#libc.close();
  }
}

Deno.test("rig: a free VIRQ binds to a port", () => {
  using handle = new Handle();
  assert(handle.ioctl(bindVirq, 4) > 0);
});

Deno.test("rig: a channel to oneself delivers the binder's first event and the notified end", () => {
  using handle = new Handle();
  const offered = handle.ioctl(bindUnboundPort, 0);
  const bound = handle.ioctl(bindInterdomain, 0, offered);
  assert(offered > 0 && bound > 0);
  assertEquals(handle.ioctl(notify, bound), 0);
  const received: number[] = [];
  while (received.length < 2) {
    assertEquals(handle.poll(5000), pollIn);
    received.push(...handle.read());
  }
  assertEquals(received.sort(), [offered, bound].sort());
});

Deno.test("rig: xenstored owns VIRQ_DOM_EXC", () => {
  using handle = new Handle();
  assertEquals(handle.ioctl(bindVirq, 3), -1);
});
