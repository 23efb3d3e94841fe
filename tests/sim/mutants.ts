/** Personalities with one fault each, which the invariants must catch. @module */

import { LINUX } from "../../ffi/abi.ts";
import { Poll } from "../../ffi/syscalls.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import { type AnyDriver, type DriverHandle, tapped, type Taps } from "./side_by_side.ts";

const { RESTRICT_DOMID } = LINUX.ioctls;

export interface Mutant {
  /** What the driver does wrong. */
  readonly fault: string;
  /** The invariants that may catch it. */
  readonly invariants: readonly string[];
  /** Whether illumos cannot have this fault. */
  readonly linuxOnly?: boolean;
  readonly taps: Taps;
}

export function mutated(personality: Personality, { taps }: Mutant): Personality {
  return tapped(personality, taps);
}

const LOST = "no event is lost without an overflow being told";
const TWICE = "at most one ring entry a port between two unmasks";
const ROOM = "the ring is never smaller than the bound ports";
const BITS = "pending and mask agree in hypervisor and driver";
const GIVEN_BACK = "close gives back every port";
const RESTRICTED = "a restricted handle reaches no other domain";
const ANSWERS = "the simulator answers as the model does";

/** Replaces how a handle takes an event. */
function onEvent(change: (port: number, notified: (port: number) => void) => void) {
  return (handle: DriverHandle) => {
    const notified = handle.notified.bind(handle);
    handle.notified = (port) => change(port, notified);
  };
}

/** Leaves the first port of a closed handle open. */
function leaks(handle: DriverHandle, driver: AnyDriver): void {
  const release = handle.release;
  const ports = driver as { disconnect(port: unknown): void };
  handle.release = () => {
    const disconnect = ports.disconnect;
    ports.disconnect = () => void (ports.disconnect = disconnect);
    release.call(handle);
    ports.disconnect = disconnect;
  };
}

/** Answers restrictions correctly and does not obey them. */
function forgetsRestriction(handle: DriverHandle): void {
  const ioctl = handle.ioctl;
  let restricted = false;
  handle.ioctl = (caller, request, arg) => {
    if (request !== RESTRICT_DOMID.request) return ioctl.call(handle, caller, request, arg);
    if (restricted) return "EACCES";
    const domid = arg[0] | arg[1] << 8;
    restricted = domid !== 0 && domid < 0x7FF0;
    return restricted ? 0 : "EINVAL";
  };
}

export const MUTANTS: readonly Mutant[] = [
  {
    fault: "drops every second event",
    invariants: [LOST],
    taps: {
      handle: (handle) => {
        let events = 0;
        onEvent((port, notified) => void (++events % 2 === 0 || notified(port)))(handle);
      },
    },
  },
  {
    fault: "overflows in silence",
    invariants: [LOST],
    taps: { handle: ({ ring }) => void Object.defineProperty(ring, "overflowed", { get: () => false }) },
  },
  {
    fault: "delivers an event twice",
    invariants: [TWICE],
    taps: { handle: onEvent((port, notified) => [port, port].forEach(notified)) },
  },
  {
    fault: "does not let the ring grow",
    invariants: [ROOM],
    linuxOnly: true,
    taps: {
      handle: ({ ring }) => {
        const grow = ring.grow;
        ring.grow = () => ring.size > 0 || grow.call(ring);
      },
    },
  },
  {
    fault: "does not mask a port whose event it takes",
    invariants: [BITS],
    taps: { driver: (_, domain) => domain.mask = () => {} },
  },
  {
    fault: "leaves a port pending whose event it takes",
    invariants: [BITS],
    taps: { driver: (_, domain) => domain.clearPending = () => {} },
  },
  {
    fault: "forgets an event that waits when it unmasks",
    invariants: [LOST],
    taps: {
      driver: (_, domain) => {
        const unmask = domain.unmask;
        domain.unmask = (port) => {
          const channel = domain.channel(port)!;
          if (channel.state !== "interdomain") unmask.call(domain, port);
          else channel.masked = false;
        };
      },
    },
  },
  {
    fault: "loses an event that comes to a masked port",
    invariants: [BITS, LOST],
    taps: {
      driver: ({ hypervisor }, domain) => {
        const send = hypervisor.send;
        hypervisor.send = (caller, port) =>
          caller === domain && caller.channel(port)?.peer?.masked ? 0 : send.call(hypervisor, caller, port);
      },
    },
  },
  { fault: "leaks a port at close", invariants: [GIVEN_BACK], taps: { handle: leaks } },
  {
    fault: "forgets that it is restricted",
    invariants: [RESTRICTED],
    linuxOnly: true,
    taps: { handle: forgetsRestriction },
  },
  {
    fault: "polls readable with nothing to read",
    invariants: [ANSWERS],
    taps: {
      handle: (handle) => {
        const poll = handle.poll;
        handle.poll = (events) => poll.call(handle, events) | Poll.IN;
      },
    },
  },
];
