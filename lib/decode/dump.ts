/**
 * Xen's dump of its event channels: what `xl debug-keys e` leaves in the hypervisor's console ring.
 *
 * The lines are those of domain_dump_evtchn_info (xen/common/event_channel.c). What is before, between and behind them
 * does not matter: a pasted console has time stamps, prefixes and other keys' output.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { PortStatus } from "../view/port_status.ts";
import type { Domid, Port } from "../types.ts";

/** A port as a dump shows it. */
export type DumpedPort = PortStatus & {
  readonly port: Port;
  /** Whether an event waits on it. */
  readonly pending: boolean;
  /** Whether events on it wait until somebody unmasks it. */
  readonly masked: boolean;
  /** Whether Xen itself takes its events, such as those of a device model's requests. */
  readonly xen: boolean;
};

/** The ports of one domain. */
export interface DumpedDomain {
  readonly domain: Domid;
  readonly ports: readonly DumpedPort[];
}

/** What a text holds. */
export interface Dump {
  /** Of the last dump in the text, in its order. */
  readonly domains: readonly DumpedDomain[];
  /** How many dumps there were before it. */
  readonly earlier: number;
  /** Lines of ports that belong to no domain: the heading above them is not in the text. */
  readonly headless: number;
  /** The numbers of lines that begin as a port's and go on as none. */
  readonly unread: readonly number[];
}

/** The key's own line, the first of a dump. */
const START = /dumping event-channel info/;

/** Newer releases write d1 for domain 1. */
const HEADING = /Event channel information for (?:domain |d)(\d+)/;

/** `    12 [1/1/  -   ]: s=6 n=1 x=0`, as far as it is the same for every state; `[1/1]` before Xen 4.4. */
const PORT = /(?:^|\s)(\d{1,10}) \[(\d)\/(\d)(?:\/[^\]]*)?\]: (.*)$/;

/** `s=3 n=1 x=0 d=1 p=2`, with what a security module adds. */
const FIELDS = /^s=(\d+) n=(\d+)(?: x=(\d+))?(.*)$/;

/** ` d=1`: what a state has of its own. */
const VALUE = /(?<= |^)([dpv])=(\d+)(?= |$)/g;

/** A dump that is being read. */
interface Reading {
  readonly domains: Map<Domid, DumpedPort[]>;
  current?: DumpedPort[];
}

/**
 * Reads a dump out of a text.
 *
 * @param text A console's output, or part of it.
 * @throws {UsageError} If there is no dump in it.
 */
export function parseDump(text: string): Dump {
  let reading: Reading = { domains: new Map() };
  let earlier = 0;
  let headless = 0;
  let unread: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const heading = HEADING.exec(line);
    const repeated = heading !== null && reading.domains.has(Number(heading[1]));
    if (START.test(line) || repeated) {
      if (reading.domains.size > 0) earlier++;
      reading = { domains: new Map() };
      unread = [];
      headless = 0;
    }
    if (heading !== null) {
      reading.domains.set(Number(heading[1]), reading.current = []);
      continue;
    }
    const words = PORT.exec(line);
    if (words === null) continue;
    const port = parsePortLine(words);
    if (port === undefined) unread.push(index + 1);
    else if (reading.current === undefined) headless++;
    else reading.current.push(port);
  }
  if (reading.domains.size === 0) {
    throw new UsageError(
      headless > 0
        ? "Cannot decode the dump: it says of no port whose it is"
        : "Cannot decode the input: there is no dump of event channels in it",
      headless > 0
        ? "the lines `Event channel information for domain N` belong to it: xl dmesg may have dropped the older ones"
        : "in dom0, `xl debug-keys e; xl dmesg | evtchn decode`",
    );
  }
  const domains = [...reading.domains].map(([domain, ports]) => ({ domain, ports }));
  return { domains, earlier, headless, unread };
}

function parsePortLine([, port, pending, masked, words]: readonly string[]): DumpedPort | undefined {
  const fields = FIELDS.exec(words);
  if (fields === null) return undefined;
  const [, number, vcpu, consumer, rest] = fields;
  const state = stateOf(Number(number), rest);
  if (state === undefined) return undefined;
  return {
    port: Number(port),
    ...state,
    vcpu: Number(vcpu),
    pending: pending !== "0",
    masked: masked !== "0",
    xen: (consumer ?? "0") !== "0",
  };
}

type State = PortStatus extends infer Status ? Status extends unknown ? Omit<Status, "vcpu"> : never : never;

/** A state by its number (ECS_*, xen/include/xen/sched.h) and what the dump adds to it. */
function stateOf(number: number, rest: string): State | undefined {
  const values = new Map([...rest.matchAll(VALUE)].map(([, key, value]) => [key, Number(value)]));
  const [d, p, v] = [values.get("d"), values.get("p"), values.get("v")];
  switch (number) {
    case 1: // ECS_RESERVED: allocated and not bound to anything, which EVTCHNOP_status calls closed
      return { status: "closed" };
    case 2:
      return d === undefined ? undefined : { status: "unbound", remoteDomain: d };
    case 3:
      return d === undefined || p === undefined ? undefined : { status: "interdomain", remoteDomain: d, remotePort: p };
    case 4: // i is the domain's own number of the line, p the host's
      return p === undefined ? undefined : { status: "pirq", pirq: p };
    case 5:
      return v === undefined ? undefined : { status: "virq", virq: v };
    case 6:
      return { status: "ipi" };
  }
}
