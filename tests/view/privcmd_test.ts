import { assertEquals, assertThrows } from "@std/assert";
import { packHypercall, packStatus, unpackStatusQuery } from "../../ffi/privcmd.ts";
import type { Errno, Memory } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import { Privcmd } from "../../lib/view/privcmd.ts";
import { test } from "../support/test.ts";
import { FakeSyscalls, type Script } from "../support/fake_syscalls.ts";

/** A page that the fake Xen writes its answers to. */
class Page implements Memory {
  readonly address = 0x7F00_0000_1000n;
  readonly bytes = new Uint8Array(4096);
  unmapped = 0;
  asked: [domain: number, port: number][] = [];

  read(offset: number, into: Uint8Array): void {
    into.set(this.bytes.subarray(offset, offset + into.length));
  }

  write(offset: number, from: Uint8Array): void {
    this.bytes.set(from, offset);
  }

  unmap(): void {
    this.unmapped++;
  }
}

type Answer = Errno | readonly [status: number, target?: number, remotePort?: number];

/** A kernel whose Xen has these ports, from 0 on; EINVAL past them. */
class Host extends FakeSyscalls {
  readonly page: Page;

  constructor(readonly answers: readonly Answer[], script: Script = {}) {
    const page = new Page();
    super({ open: [3, 4], map: [page], ...script });
    this.page = page;
  }

  override ioctl(fd: number, request: number, arg: Uint8Array) {
    super.ioctl(fd, request, arg);
    const { domain, port } = unpackStatusQuery(this.page.bytes);
    this.page.asked.push([domain, port]);
    const answer = this.answers[port] ?? "EINVAL";
    if (typeof answer === "string") return answer;
    const [status, target = 0, remotePort = 0] = answer;
    packStatus({ status, vcpu: 1, target, remotePort }, this.page.bytes);
    return 0;
  }
}

test("privcmd and one page of hypercall memory are opened and closed", () => {
  const host = new Host([]);
  new Privcmd(host).close();
  const flags = { nonblock: false, cloexec: true };
  assertEquals(host.calls, [
    ["open", "/dev/xen/privcmd", flags],
    ["open", "/dev/xen/hypercall", flags],
    ["map", 4, 4096],
    ["close", 4],
    ["close", 3],
  ]);
  assertEquals(host.page.unmapped, 1);
});

test("every port is asked for by the same hypercall, which points to the page", () => {
  const host = new Host([[0], [5], [0]]);
  new Privcmd(host).table(9);
  const hypercall = new Uint8Array(48);
  packHypercall({ op: 32, args: [5, host.page.address] }, hypercall);
  assertEquals(host.of("ioctl"), new Array(4).fill([3, 0x0030_5000, [...hypercall]]));
  assertEquals(host.page.asked, [[9, 0], [9, 1], [9, 2], [9, 3]]);
});

test("a port that answers EAGAIN, which Xen does not, is asked for again, three times at most", () => {
  const host = new Host([[0], [5]]);
  let refusals = 3;
  const { ioctl } = host;
  host.ioctl = function (fd, request, arg) {
    return refusals-- > 0 ? "EAGAIN" : ioctl.call(this, fd, request, arg);
  };
  const privcmd = new Privcmd(host);
  assertEquals(privcmd.status(1, 1), { status: "ipi", vcpu: 1 });
  refusals = 3;
  assertEquals(privcmd.table(1), [{ port: 1, status: "ipi", vcpu: 1 }]);
  refusals = 4;
  assertEquals(privcmd.status(1, 1), "EAGAIN");
});

test("a table ends at EINVAL, not at closed ports or Xen's own ports", () => {
  const host = new Host([
    [0],
    [4, 3],
    [0],
    "EACCES",
    [0],
    [1, 0x7FEF],
    [2, 5, 131071],
    [3, 9],
    [5],
    [0],
  ]);
  assertEquals(new Privcmd(host).table(1), [
    { port: 1, status: "virq", vcpu: 1, virq: 3 },
    { port: 5, status: "unbound", vcpu: 1, remoteDomain: 0x7FEF },
    { port: 6, status: "interdomain", vcpu: 1, remoteDomain: 5, remotePort: 131071 },
    { port: 7, status: "pirq", vcpu: 1, pirq: 9 },
    { port: 8, status: "ipi", vcpu: 1 },
  ]);
  assertEquals(new Privcmd(new Host([])).table(1), []);
});

test("a status is Xen's answer, also closed or an errno", () => {
  const privcmd = new Privcmd(new Host([[0], [2, 0, 7], "EPERM", "EACCES", [77]]));
  assertEquals([0, 1, 2, 3, 4, 5].map((port) => privcmd.status(1, port)), [
    { status: "closed", vcpu: 1 },
    { status: "interdomain", vcpu: 1, remoteDomain: 0, remotePort: 7 },
    "EPERM",
    "EACCES",
    { status: "closed", vcpu: 1 }, // a state that evtchn does not know
    "EINVAL",
  ]);
});

test("a table that is refused names the domain and the errno", () => {
  for (
    const [errno, hint] of [["ESRCH", /list --all/], ["EPERM", /control domain/], ["ENOSYS", /does not know/]] as const
  ) {
    const error = assertThrows(() => new Privcmd(new Host([errno])).table(9), DeviceError);
    assertEquals([error.message, error.op, error.errno, error.subject], [
      `Cannot list the ports of domain 9: ${errno}`,
      "list",
      errno,
      "9",
    ]);
    assertEquals(hint.test(error.hint!), true, error.hint);
  }
  assertEquals(
    assertThrows(() => new Privcmd(new Host(["EPERM"])).table(0x7FF0), DeviceError).message,
    "Cannot list the ports of this domain: EPERM",
  );
});

test("a failed open or map names the path, and closes what was opened before", () => {
  const cases: [script: Script, message: string, hint: RegExp, closed: number[]][] = [
    [{ open: ["ENOENT"] }, 'Cannot open "/dev/xen/privcmd": ENOENT', /modprobe xen-privcmd.*evtchn decode/, []],
    [{ open: ["EACCES"] }, 'Cannot open "/dev/xen/privcmd": EACCES', /run it as root/, []],
    [{ open: [3, "ENOENT"] }, 'Cannot open "/dev/xen/hypercall": ENOENT', /older than Linux 4.18/, [3]],
    [{ map: ["ENOMEM"] }, 'Cannot map "/dev/xen/hypercall": ENOMEM', /memory/, [4, 3]],
  ];
  for (const [script, message, hint, closed] of cases) {
    const host = new Host([], script);
    const error = assertThrows(() => new Privcmd(host), DeviceError);
    assertEquals([error.message, hint.test(error.hint ?? "")], [message, true], error.hint);
    assertEquals(host.of("close").flat(), closed);
  }
});
