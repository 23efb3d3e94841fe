/** A hypercall in a trace. @module */

import {
  EVENT_CHANNEL_OP,
  EVTCHNOP,
  EVTCHNSTAT,
  HYPERCALL_BYTES,
  hypercallWord,
  STATUS_BYTES,
  unpackStatus,
  unpackStatusQuery,
} from "./privcmd.ts";
import { SYSCTL, SYSCTL_BYTES, unpackSysctl } from "./sysctl.ts";
import type { Memory } from "./syscalls.ts";

/**
 * Shows IOCTL_PRIVCMD_HYPERCALL after the call. Reads its arguments only from `mapped` memory, and the output of Xen only
 * if the call was `answered`.
 */
export function hypercallText(arg: Uint8Array, mapped: readonly Memory[], answered: boolean): string {
  const name = "IOCTL_PRIVCMD_HYPERCALL";
  if (arg.length < HYPERCALL_BYTES) return name;
  const op = hypercallWord(arg, 0);
  const args = [1, 2, 3, 4, 5].map((index) => hypercallWord(arg, index));
  if (op === BigInt(SYSCTL)) return `${name}, {op=sysctl, ${sysctlText(args[0], mapped)}}`;
  if (op !== BigInt(EVENT_CHANNEL_OP)) return `${name}, {op=${op}, arg=[${args.map(hex).join(", ")}]}`;
  const command = nameOf(EVTCHNOP, Number(args[0]));
  const memory = mapped.find(({ address }) => address === args[1]);
  const shown = command === "status" && memory !== undefined ? statusText(memory, answered) : hex(args[1]);
  return `${name}, {op=event_channel_op, EVTCHNOP_${command ?? args[0]}, ${shown}}`;
}

function statusText(memory: Memory, answered: boolean): string {
  const bytes = new Uint8Array(STATUS_BYTES);
  memory.read(0, bytes);
  const { domain, port } = unpackStatusQuery(bytes);
  if (!answered) return `{dom=${domain}, port=${port}}`;
  const { status, vcpu, target, remotePort } = unpackStatus(bytes);
  const members = [`dom=${domain}`, `port=${port}`, `status=EVTCHNSTAT_${nameOf(EVTCHNSTAT, status) ?? status}`];
  members.push(`vcpu=${vcpu}`);
  if (status === EVTCHNSTAT.unbound || status === EVTCHNSTAT.interdomain) members.push(`remote_dom=${target}`);
  if (status === EVTCHNSTAT.interdomain) members.push(`remote_port=${remotePort}`);
  if (status === EVTCHNSTAT.pirq) members.push(`pirq=${target}`);
  if (status === EVTCHNSTAT.virq) members.push(`virq=${target}`);
  return `{${members.join(", ")}}`;
}

/** The argument of sysctl: after the call, so `index`, `count` and `num_domains` are Xen's answers. */
function sysctlText(address: bigint, mapped: readonly Memory[]): string {
  const memory = mapped.find((each) => each.address === address);
  if (memory === undefined) return hex(address);
  const bytes = new Uint8Array(SYSCTL_BYTES);
  memory.read(0, bytes);
  const query = unpackSysctl(bytes);
  const members = [`interface_version=${hex(BigInt(query.version))}`];
  switch (query.command) {
    case "readconsole":
      members.push(`incremental=${Number(query.incremental)}`, `index=${query.index}`, `count=${query.room}`);
      break;
    case "debug_keys": {
      const keys = new Uint8Array(Math.min(query.count, KEYS_SHOWN));
      memory.read(Number(query.keys - address), keys);
      members.push(`keys=${JSON.stringify(String.fromCharCode(...keys))}`);
      break;
    }
    case "getdomaininfolist":
      members.push(`first_domain=${query.first}`, `max_domains=${query.max}`);
      break;
    default:
      break;
  }
  return `XEN_SYSCTL_${query.command}, {${members.join(", ")}}`;
}

/** How many debug keys a line shows. */
const KEYS_SHOWN = 8;

function nameOf(names: Readonly<Record<string, number>>, number: number): string | undefined {
  return Object.entries(names).find(([, each]) => each === number)?.[0];
}

function hex(word: bigint): string {
  return `0x${word.toString(16)}`;
}
