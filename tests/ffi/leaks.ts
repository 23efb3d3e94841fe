/** Prints how many descriptors stay open. A program of its own: other tests open descriptors, too. @module */

import { Poll } from "../../ffi/syscalls.ts";
import { pipe, sys } from "../support/descriptors.ts";

const TIMES = 1000;
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** The number of open descriptors, except sockets: Deno opens its own when it first needs them. */
function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => !opened(name).startsWith("socket:")).length;
}

/** What a descriptor refers to; empty for the descriptor that read the folder, which is closed. */
function opened(descriptor: string): string {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

/** How many descriptors `work` leaves open. */
async function left(work: () => void | Promise<void>): Promise<number> {
  const before = openDescriptors();
  await work();
  return openDescriptors() - before;
}

function opens(): void {
  for (let i = 0; i < TIMES; i++) {
    const fd = sys.open("/dev/null", { nonblock: true, cloexec: true }) as number;
    sys.close(sys.dup(fd) as number);
    sys.close(fd);
  }
}

/** Polls that end by timeout, abort and event, in turn. */
async function polls(): Promise<void> {
  using ends = pipe();
  for (let i = 0; i < TIMES; i++) {
    const abort = new AbortController();
    const ready = sys.poll(ends.reader, Poll.IN, i % 3 === 0 ? 0.1 : -1, abort.signal);
    if (i % 3 === 1) abort.abort();
    if (i % 3 === 2) sys.write(ends.writer, ONE);
    const result = await ready;
    if (result !== [0, "EINTR", Poll.IN][i % 3]) throw new Error(`poll ${i}: ${result}`);
    if (i % 3 === 2) sys.read(ends.reader, new Uint8Array(8));
  }
}

await sys.poll(-1, Poll.IN, 1); // opens the eventfd that is reused
const text = JSON.stringify({ opens: await left(opens), polls: await left(polls) });
Deno.stdout.writeSync(new TextEncoder().encode(text));
