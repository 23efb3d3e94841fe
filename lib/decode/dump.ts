/**
 * Reads the dump that `xl debug-keys e` leaves in the hypervisor's console ring: the lines of domain_dump_evtchn_info
 * (xen/common/event_channel.c). Ignores the text around them, such as time stamps, prefixes, other keys and what guests write. @module
 */

import { UsageError } from "../errors.ts";
import { U32_MAX } from "../parse.ts";
import { type Domid, DOMID_FIRST_RESERVED, type Port } from "../types.ts";
import type { PortStatus } from "../view/port_status.ts";
import { headingOf, xenLines } from "./xen_lines.ts";

export type DumpedPort = PortStatus & {
  readonly port: Port;
  readonly pending: boolean;
  readonly masked: boolean;
  /** Whether Xen itself takes the events, for example requests to a device model. */
  readonly xen: boolean;
};

export interface DumpedDomain {
  readonly domain: Domid;
  readonly ports: readonly DumpedPort[];
}

/** The last dump in a text. */
export interface Dump {
  readonly domains: readonly DumpedDomain[];
  /** How many dumps came before it. */
  readonly earlier: number;
  /** The ports that came before the first heading. */
  readonly headless: readonly DumpedPort[];
  /** Whether its start is there: its first line, or the end of another dump before it. */
  readonly whole: boolean;
  /** The numbers of the lines that start like a port's line and cannot be read. */
  readonly unread: readonly number[];
}

const START = /dumping event-channel info/;

/**
 * `    12 [1/1/  -   ]: s=6 n=1 x=0`; `[1/1]` before Xen 4.4. What stands in the brackets is bounded: an unbounded
 * pattern takes quadratic time on a long line, and a dump may be any text.
 */
const PORT = /(?:^|\s)(\d{1,10}) \[(\d)\/(\d)(?:\/[^\]]{0,16})?\]: (.*)$/;

/** How such a line begins. */
const PORT_BEGUN = /(?:^|\s)\d{1,10} \[\d\/\d/;

/** `s=3 n=1 x=0 d=1 p=2`; a security module adds more. */
const FIELDS = /^s=(\d{1,10}) n=(\d{1,10})(?: x=(\d{1,10}))?(?!\d)(.*)$/;

/** ` d=1` */
const VALUE = /(?<= |^)([dpv])=(\d{1,10})(?= |$)/g;

/** Reads the last dump in a text. Throws a UsageError if the text contains none. */
export function parseDump(text: string): Dump {
  const dump = readDump(text);
  if (dump.domains.length === 0) throw noDump(dump.headless.length);
  return dump;
}

/** Reads the last dump in a text, of which there may be nothing. */
export function readDump(text: string): Dump {
  let domains = new Map<Domid, DumpedPort[]>();
  let current: DumpedPort[] | undefined;
  let earlier = 0;
  let headless: DumpedPort[] = [];
  let whole = false;
  let unread: number[] = [];
  for (const [number, line] of xenLines(text)) {
    const domain = headingOf(line);
    if (START.test(line) || domain !== undefined && domains.has(domain)) {
      if (domains.size > 0) earlier++;
      domains = new Map();
      current = undefined;
      unread = [];
      headless = [];
      whole = true;
    }
    if (domain !== undefined) {
      current = domain < DOMID_FIRST_RESERVED ? [] : undefined;
      if (current !== undefined) domains.set(domain, current);
      continue;
    }
    const words = PORT.exec(line);
    if (words === null && !PORT_BEGUN.test(line)) continue;
    const port = words === null ? undefined : parsePortLine(words);
    if (port === undefined) unread.push(number);
    else if (current === undefined) headless.push(port);
    else current.push(port);
  }
  return { domains: [...domains].map(([domain, ports]) => ({ domain, ports })), earlier, headless, whole, unread };
}

function noDump(headless: number): UsageError {
  return headless > 0
    ? new UsageError(
      "Cannot decode the dump: it says of no port whose it is",
      "the lines `Event channel information for domain N` belong to it: xl dmesg may have dropped the older ones",
    )
    : new UsageError(
      "Cannot decode the input: there is no dump of event channels in it",
      "in dom0, `xl debug-keys e; xl dmesg | evtchn decode`",
    );
}

function parsePortLine([, port, pending, masked, words]: readonly string[]): DumpedPort | undefined {
  const fields = FIELDS.exec(words);
  if (fields === null) return undefined;
  const [, number, vcpu, consumer, rest] = fields;
  const state = stateOf(Number(number), rest);
  if (state === undefined || Number(port) > U32_MAX || Number(vcpu) > U32_MAX) return undefined;
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

/** @param number ECS_* (xen/include/xen/sched.h). */
function stateOf(number: number, rest: string): State | undefined {
  const values = new Map([...rest.matchAll(VALUE)].map(([, key, value]) => [key, Number(value)]));
  if ([...values.values()].some((value) => value > U32_MAX)) return undefined;
  const [d, p, v] = [values.get("d"), values.get("p"), values.get("v")];
  switch (number) {
    case 1: // ECS_RESERVED: allocated and not bound, which EVTCHNOP_status reports as closed
      return { status: "closed" };
    case 2:
      return d === undefined ? undefined : { status: "unbound", remoteDomain: d };
    case 3:
      return d === undefined || p === undefined ? undefined : { status: "interdomain", remoteDomain: d, remotePort: p };
    case 4: // p is the domain's number of the interrupt, i the host's
      return p === undefined ? undefined : { status: "pirq", pirq: p };
    case 5:
      return v === undefined ? undefined : { status: "virq", virq: v };
    case 6:
      return { status: "ipi" };
  }
}
