/** Differences between Linux and illumos that commands cannot show, such as those of hundreds of handles. @module */

import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import { createWorld, type Device, device, type Fan, fan } from "../support/simulated.ts";
import { tapped } from "../sim/side_by_side.ts";

export interface Probe {
  readonly difference: string;
  readonly behaviour: string;
  readonly linux: string;
  readonly illumos: string;
  /** Tries the behaviour on a new simulated host. */
  readonly probe: (personality: Personality) => string;
}

/** How many events of a port, unmasked and never read, fit the ring before it overflows. */
function capacity({ hearer, heard, send }: Fan): string {
  let events = -1;
  while (hearer.poll(0) !== Poll.ERR) {
    send(0);
    hearer.write(heard[0]);
    events++;
  }
  return `${events} events`;
}

/** The same for a handle with that many ports; with `unbound`, all but the first are closed before. */
function capacityOf(personality: Personality, ports: number, unbound = false): string {
  const threads = fan(ports, createWorld({ personality }));
  if (unbound) threads.heard.slice(1).forEach((port) => threads.hearer.unbind(port));
  return capacity(threads);
}

/** The ring's size before the first bind, which no system call returns. */
function slotsAtOpen(personality: Personality): string {
  const sizes: number[] = [];
  device(1, createWorld({ personality: tapped(personality, { handle: ({ ring }) => void sizes.push(ring.size) }) }));
  return `${sizes[0]} slots`;
}

/** Masks a port in Xen only, so that the driver still counts it as unmasked; then writes and notifies it. */
function writesUnmasked(personality: Personality): string {
  const { hearer, heard, send, world } = fan(1, createWorld({ personality }));
  world.hypervisor.domain(1)!.mask(heard[0]);
  hearer.write(heard[0]);
  send(0);
  return hearer.read() === "EAGAIN" ? "stays masked" : "fires";
}

function open256(personality: Personality): string {
  const process = createWorld({ personality }).process(1);
  const open = () => process.open(personality.abi.devicePath, { nonblock: true, cloexec: true });
  for (let i = 1; i <= 255; i++) assertEquals(open(), i + 2);
  const last = open();
  return typeof last === "number" ? "opens" : last;
}

function unaskedAfterOverflow(personality: Personality): string {
  const threads = fan(1, createWorld({ personality }));
  capacity(threads);
  return bits(threads.hearer, Poll.OUT);
}

function bits(device: Device, events: number): string {
  const found = device.poll(events) as number;
  return Object.entries(Poll).filter(([, bit]) => (found & bit) !== 0).map(([name]) => `POLL${name}`).join(" ");
}

export const PROBES: readonly Probe[] = [
  {
    difference: "ring",
    behaviour: "at open (a look inside)",
    linux: "0 slots",
    illumos: "1024 slots",
    probe: slotsAtOpen,
  },
  {
    difference: "ring",
    behaviour: "holds, with 1 port",
    linux: "64 events",
    illumos: "1024 events",
    probe: (personality) => capacityOf(personality, 1),
  },
  {
    difference: "ring",
    behaviour: "holds, with 65 ports",
    linux: "128 events",
    illumos: "1024 events",
    probe: (personality) => capacityOf(personality, 65),
  },
  {
    difference: "ring",
    behaviour: "holds, with 64 of them unbound",
    linux: "128 events",
    illumos: "1024 events",
    probe: (personality) => capacityOf(personality, 65, true),
  },
  {
    difference: "ring",
    behaviour: "holds, with 1025 ports",
    linux: "2048 events",
    illumos: "1024 events",
    probe: (personality) => capacityOf(personality, 1025),
  },
  {
    difference: "masking",
    behaviour: "write of a port masked behind it",
    linux: "stays masked",
    illumos: "fires",
    probe: writesUnmasked,
  },
  {
    difference: "open handles",
    behaviour: "the 256th of a domain",
    linux: "opens",
    illumos: "EAGAIN",
    probe: open256,
  },
  {
    difference: "POLLERR",
    behaviour: "poll for POLLOUT after an overflow",
    linux: "POLLERR",
    illumos: "POLLOUT POLLERR",
    probe: unaskedAfterOverflow,
  },
];
