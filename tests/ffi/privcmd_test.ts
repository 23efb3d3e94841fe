import { assertEquals } from "@std/assert";
import { LITTLE_ENDIAN } from "../../ffi/endian.ts";
import {
  EVENT_CHANNEL_OP,
  EVTCHNOP,
  EVTCHNSTAT,
  HYPERCALL_BYTES,
  HYPERCALL_PATH,
  hypercallWord,
  IOCTL_PRIVCMD_HYPERCALL,
  packHypercall,
  packStatus,
  packStatusQuery,
  PRIVCMD_PATH,
  STATUS_BYTES,
  STATUS_QUERY_BYTES,
  statusNumber,
  unpackStatus,
  unpackStatusQuery,
} from "../../ffi/privcmd.ts";
import { test } from "../support/test.ts";

/** Converts the bytes of a field from little-endian to the order of this machine. */
function field(...bytes: number[]): number[] {
  return LITTLE_ENDIAN ? bytes : bytes.toReversed();
}

const filled = (bytes: number) => new Uint8Array(bytes).fill(0xEE);

test("privcmd's numbers are those of its header and of Xen", () => {
  assertEquals(
    [IOCTL_PRIVCMD_HYPERCALL, EVENT_CHANNEL_OP, EVTCHNOP, EVTCHNSTAT],
    [
      0x0030_5000,
      32,
      { close: 3, send: 4, status: 5, set_priority: 13 },
      { closed: 0, unbound: 1, interdomain: 2, pirq: 3, virq: 4, ipi: 5 },
    ],
  );
  assertEquals([PRIVCMD_PATH, HYPERCALL_PATH], ["/dev/xen/privcmd", "/dev/xen/hypercall"]);
  assertEquals([HYPERCALL_BYTES, STATUS_BYTES, STATUS_QUERY_BYTES], [48, 24, 8]);
});

test("a hypercall is its number and five arguments of 64 bits; missing arguments are 0", () => {
  const into = filled(52);
  packHypercall({ op: 32, args: [5, 0x7F12_3456_789A_B000n] }, into);
  assertEquals([...into], [
    ...field(32, 0, 0, 0, 0, 0, 0, 0),
    ...field(5, 0, 0, 0, 0, 0, 0, 0),
    ...field(0x00, 0xB0, 0x9A, 0x78, 0x56, 0x34, 0x12, 0x7F),
    ...new Array(24).fill(0),
    0xEE,
    0xEE,
    0xEE,
    0xEE,
  ]);
  assertEquals([0, 1, 2, 5].map((index) => hypercallWord(into, index)), [32n, 5n, 0x7F12_3456_789A_B000n, 0n]);
});

test("a hypercall is packed into a subarray", () => {
  const buffer = new Uint8Array(64);
  packHypercall({ op: 1, args: [2, 3, 4, 5, 6] }, buffer.subarray(8, 56));
  assertEquals([buffer.subarray(0, 8), buffer.subarray(56)], [new Uint8Array(8), new Uint8Array(8)]);
  assertEquals([0, 1, 2, 3, 4, 5].map((index) => hypercallWord(buffer.subarray(8), index)), [1n, 2n, 3n, 4n, 5n, 6n]);
});

test("the input of EVTCHNOP_status is a domain of 16 bits, padding, and a port of 32", () => {
  const into = filled(STATUS_BYTES);
  packStatusQuery(0x7FF0, 0xFFFF_FFFE, into);
  assertEquals([...into], [...field(0xF0, 0x7F), 0, 0, ...field(0xFE, 0xFF, 0xFF, 0xFF), ...new Array(16).fill(0xEE)]);
  assertEquals(unpackStatusQuery(into), { domain: 0x7FF0, port: 0xFFFF_FFFE });
});

test("the output of EVTCHNOP_status follows the input and has only the members of its state", () => {
  const rest = (count: number) => new Array(count).fill(0xEE);
  const cases: [status: number, target: number, remotePort: number, union: number[]][] = [
    [EVTCHNSTAT.closed, 0, 0, rest(8)],
    [EVTCHNSTAT.unbound, 0x7FEF, 0, [...field(0xEF, 0x7F), ...rest(6)]],
    [EVTCHNSTAT.interdomain, 5, 0x1_FFFF, [...field(5, 0), ...rest(2), ...field(0xFF, 0xFF, 1, 0)]],
    [EVTCHNSTAT.pirq, 0x1_0009, 0, [...field(9, 0, 1, 0), ...rest(4)]],
    [EVTCHNSTAT.virq, 23, 0, [...field(23, 0, 0, 0), ...rest(4)]],
    [EVTCHNSTAT.ipi, 0, 0, rest(8)],
  ];
  for (const [status, target, remotePort, union] of cases) {
    const into = filled(STATUS_BYTES);
    const answer = { status, vcpu: 0x0102_0304, target, remotePort };
    packStatus(answer, into);
    assertEquals([...into], [...rest(8), ...field(status, 0, 0, 0), ...field(4, 3, 2, 1), ...union], `${status}`);
    assertEquals([unpackStatus(into), statusNumber(into)], [answer, status]);
  }
});
