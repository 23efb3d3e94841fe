/** Rules that hold after every step. Each compares the simulator's objects with the model. @module */

import { Poll } from "../../ffi/syscalls.ts";
import type { Domain, EventChannel } from "../../lib/sim/xen/domain.ts";
import type { ModelPort } from "./model.ts";
import type { AnyDriver, DriverHandle, RealHandle, SideBySide } from "./side_by_side.ts";

/** Returns what is wrong; undefined if the rule holds. */
export type Invariant = (both: SideBySide) => string | undefined;

/** Every event of an unmasked port is in the ring until it is read, or poll(2) reports an overflow. */
const noEventLostUntold: Invariant = (both) => {
  for (const [modelled, { handle }, h] of both.pairs()) {
    if ((handle.poll(0) & Poll.ERR) !== 0) continue;
    if (modelled.lost) return `@${h} has lost an event and does not tell`;
    const { length } = handle.ring;
    if (length < modelled.owed.length) return `@${h} is owed ${modelled.owed.length} events and its ring has ${length}`;
  }
};

/** A port gets one ring entry until it is unmasked again. */
const oneEntryBetweenUnmasks: Invariant = ({ twice }) => {
  if (twice.length > 0) return `port ${twice[0]} came into the ring again without an unmask`;
};

/** A ring that grows has a slot for every port of its handle. */
const ringHoldsEveryPort: Invariant = (both) => {
  if (!both.linux) return;
  for (const [{ ports }, { handle: { ring } }, h] of both.pairs()) {
    if (ring.size < ports.length) return `@${h} has ${ports.length} ports and a ring of ${ring.size}`;
  }
};

/** Only masked ports are pending, and a port is masked in Xen exactly if it is disabled in the driver. */
const pendingAndMaskAgree: Invariant = (both) => {
  for (const [{ ports, domid }, real, h] of both.pairs()) {
    const domain = both.world.hypervisor.domain(domid)!;
    for (const port of ports) {
      const wrong = disagreement(port, domain.channel(port.port)!, real);
      if (wrong !== undefined) return `port ${port.port} of @${h} ${wrong}`;
    }
  }
};

function disagreement(port: ModelPort, channel: EventChannel, { handle, driver }: RealHandle): string | undefined {
  const user = driver.users[port.port];
  const owner = user !== undefined && "handle" in user ? user.handle : user;
  if (owner !== handle) return "is another's in the driver";
  if (user !== undefined && "enabled" in user && user.enabled === channel.masked) {
    return `is ${user.enabled ? "enabled" : "disabled"} in the driver and ${maskOf(channel)} in Xen`;
  }
  if (channel.pending && !channel.masked) return "is pending, and unmasked";
  if (channel.masked !== port.silent) return `is ${maskOf(channel)} in Xen, and should not be`;
  if (channel.pending !== port.waits) return `is ${channel.pending ? "" : "not "}pending in Xen, and should not be so`;
}

const maskOf = ({ masked }: EventChannel) => masked ? "masked" : "unmasked";

/** Whether a handle has any port in the driver. */
function hasAny(driver: AnyDriver, handle: DriverHandle): boolean {
  return driver.users.some((user) =>
    user === handle || (user !== undefined && "handle" in user && user.handle === handle)
  );
}

/** How many ports of a domain are bound. */
function portsOf(domain: Domain): number {
  let bound = 0;
  for (let port = 1; port < domain.tableSize; port++) if (domain.channel(port)!.state !== "free") bound++;
  return bound;
}

/** A closed handle has no ports, in the driver and in Xen. */
const closeGivesBackEveryPort: Invariant = (both) => {
  for (const { domid, ports, handle, driver } of both.closed) {
    const domain = both.world.hypervisor.domain(domid);
    const left = ports.find((port) => domain?.channel(port)?.state !== "free");
    if (left !== undefined) return `port ${left} of domain ${domid} is bound after its handle was closed`;
    if (hasAny(driver, handle)) return `a closed handle of domain ${domid} has ports in the driver`;
    const [bound, wanted] = [domain && portsOf(domain), both.model.bound(domid)];
    if (bound !== wanted) return `domain ${domid} has ${bound} bound ports, not ${wanted}, after a handle was closed`;
  }
};

/** A restricted handle binds only to ports of the domain that it is restricted to. */
const restrictedReachesNoOther: Invariant = (both) => {
  for (const { h, port } of both.bound) {
    const modelled = both.model.handles[h];
    if (modelled?.restrictedTo === undefined) continue;
    const channel = both.world.hypervisor.domain(modelled.domid)!.channel(port)!;
    if (channel.peer?.domain.id === modelled.restrictedTo) continue;
    return `@${h} is restricted to domain ${modelled.restrictedTo} and has got ${channel.state} port ${port}`;
  }
};

/** Simulator and model answer the same: errnos, ports and bits of poll(2). */
const answersAsModelled: Invariant = ({ difference }) => difference;

export const INVARIANTS: readonly (readonly [name: string, invariant: Invariant])[] = [
  ["no event is lost without an overflow being told", noEventLostUntold],
  ["at most one ring entry a port between two unmasks", oneEntryBetweenUnmasks],
  ["the ring is never smaller than the bound ports", ringHoldsEveryPort],
  ["close gives back every port", closeGivesBackEveryPort],
  ["a restricted handle reaches no other domain", restrictedReachesNoOther],
  ["pending and mask agree in hypervisor and driver", pendingAndMaskAgree],
  ["the simulator answers as the model does", answersAsModelled],
];

export class Broken extends Error {
  override readonly name = "Broken";
}

/** @throws {Broken} An invariant does not hold; the message begins with its name. */
export function checkInvariants(both: SideBySide): void {
  for (const [name, invariant] of INVARIANTS) {
    const wrong = invariant(both);
    if (wrong !== undefined) throw new Broken(`${name}: ${wrong}`);
  }
}
