/**
 * Differences between the systems that take more than commands one after the other: hundreds of handles, a look at the
 * ring. @module
 */

import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import { createWorld, type Device, device, type Fan, fan } from "../support/simulated.ts";
import { tapped } from "../sim/side_by_side.ts";

/** One behaviour, and what it is on either system. */
export interface Probe {
  readonly difference: string;
  readonly behaviour: string;
  readonly linux: string;
  readonly illumos: string;
  /** Looks at a new world of that system. */
  readonly probe: (personality: Personality) => string;
}

/** How many events of its first port a handle takes in, unmasked and never read, until it tells of an overflow. */
function capacity({ hearer, heard, send }: Fan): string {
  let events = -1;
  while (hearer.poll(0) !== Poll.ERR) {
    send(0);
    hearer.write(heard[0]);
    events++;
  }
  return `${events} events`;
}

/** The same of a handle with that many ports, all of them but the first unbound again if `unbound`. */
function capacityOf(personality: Personality, ports: number, unbound = false): string {
  const threads = fan(ports, createWorld({ personality }));
  if (unbound) threads.heard.slice(1).forEach((port) => threads.hearer.unbind(port));
  return capacity(threads);
}

/** The slots of a handle that has bound nothing: no call tells them. */
function slotsAtOpen(personality: Personality): string {
  const sizes: number[] = [];
  device(1, createWorld({ personality: tapped(personality, { handle: ({ ring }) => void sizes.push(ring.size) }) }));
  return `${sizes[0]} slots`;
}

/** A port that the driver takes for unmasked is masked behind its back, written, and notified. */
function writesUnmasked(personality: Personality): string {
  const { hearer, heard, send, world } = fan(1, createWorld({ personality }));
  world.hypervisor.domain(1)!.mask(heard[0]);
  hearer.write(heard[0]);
  send(0);
  return hearer.read() === "EAGAIN" ? "stays masked" : "fires";
}

/** What the 256th open of a domain gives. */
function open256(personality: Personality): string {
  const process = createWorld({ personality }).process(1);
  const open = () => process.open(personality.abi.devicePath, { nonblock: true, cloexec: true });
  for (let i = 1; i <= 255; i++) assertEquals(open(), i + 2);
  const last = open();
  return typeof last === "number" ? "opens" : last;
}

/** What a poll for POLLOUT alone gives after an overflow. */
function unaskedAfterOverflow(personality: Personality): string {
  const threads = fan(1, createWorld({ personality }));
  capacity(threads);
  return bits(threads.hearer, Poll.OUT);
}

function bits(device: Device, events: number): string {
  const found = device.poll(events) as number;
  return Object.entries(Poll).filter(([, bit]) => (found & bit) !== 0).map(([name]) => `POLL${name}`).join(" ");
}

/** All of them. */
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
