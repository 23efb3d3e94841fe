import { assertEquals } from "@std/assert";
import { type IoctlName, LINUX, pack } from "../../ffi/abi.ts";
import { IOCTL_PRIVCMD_HYPERCALL, packHypercall, packStatus, packStatusQuery } from "../../ffi/privcmd.ts";
import { type Memory, Poll, type Syscalls } from "../../ffi/syscalls.ts";
import { packEntries } from "../../ffi/dirent.ts";
import { pollNames } from "../../ffi/syscalls.ts";
import { traced } from "../../ffi/trace.ts";
import { FakeSyscalls, type Script } from "../support/fake_syscalls.ts";
import { portBytes } from "../support/simulated.ts";
import { Sysctl } from "../../lib/view/sysctl.ts";
import { createWorld } from "../support/simulated.ts";
import { test } from "../support/test.ts";

/** The trace of calls on a scripted kernel. */
async function lines(script: Script, calls: (sys: Syscalls) => unknown): Promise<string[]> {
  const told: string[] = [];
  await calls(traced(new FakeSyscalls(script), LINUX, (line) => told.push(line)));
  return told;
}

function ioctl(sys: Syscalls, name: IoctlName, ...values: number[]): void {
  const { request, size } = LINUX.ioctls[name];
  const arg = new Uint8Array(size);
  pack(LINUX.ioctls[name], values, arg);
  sys.ioctl(3, request, arg);
}

test("open, close and dup are traced with their flags", async () => {
  assertEquals(
    await lines({ open: [3, 4, 5], dup: [7] }, (sys) => {
      sys.open("/dev/xen/evtchn", { nonblock: true, cloexec: true });
      sys.open('/tmp/a "b"', { nonblock: true, cloexec: false });
      sys.open("/dev/xen/evtchn", { nonblock: false, cloexec: false });
      sys.dup(3);
      sys.close(3);
    }),
    [
      'open("/dev/xen/evtchn", O_RDWR|O_NONBLOCK|O_CLOEXEC) = 3',
      'open("/tmp/a \\"b\\"", O_RDWR|O_NONBLOCK) = 4',
      'open("/dev/xen/evtchn", O_RDWR) = 5',
      "dup(3) = 7",
      "close(3) = 0",
    ],
  );
});

test("fcntl is traced with the names of the flags", async () => {
  assertEquals(
    await lines({ blocks: [true, false, "EBADF"] }, (sys) => {
      for (const fd of [3, 4, 99]) sys.blocks(fd);
    }),
    ["fcntl(3, F_GETFL) = O_RDWR", "fcntl(4, F_GETFL) = O_RDWR|O_NONBLOCK", "fcntl(99, F_GETFL) = -1 EBADF"],
  );
});

test("each call is told by its name, with how long it took", async () => {
  const told: unknown[] = [];
  let now = 5;
  const slow = new FakeSyscalls({ open: [3], blocks: [true], map: ["EINVAL"], poll: [1] });
  const sys = traced(slow, LINUX, (_line, call, took) => told.push(call, took), () => now += 2);
  sys.open("/dev/xen/evtchn", { nonblock: true, cloexec: true });
  sys.blocks(3);
  sys.map(3, 4096);
  await sys.poll(3, Poll.IN, 10);
  assertEquals(told, ["open", 2, "fcntl", 2, "mmap", 2, "poll", 2]);
});

test("an ioctl is traced with its name and its fields", async () => {
  assertEquals(
    await lines({ ioctl: [27, 28, 29, 0, "ENOTCONN", 0, "EACCES"] }, (sys) => {
      ioctl(sys, "BIND_VIRQ", 3);
      ioctl(sys, "BIND_INTERDOMAIN", 5, 12);
      ioctl(sys, "BIND_UNBOUND_PORT", 0x7FF0);
      ioctl(sys, "UNBIND", 7);
      ioctl(sys, "NOTIFY", 7);
      ioctl(sys, "RESET");
      ioctl(sys, "RESTRICT_DOMID", 5);
    }),
    [
      "ioctl(3, IOCTL_EVTCHN_BIND_VIRQ, {virq=3}) = 27",
      "ioctl(3, IOCTL_EVTCHN_BIND_INTERDOMAIN, {remote_domain=5, remote_port=12}) = 28",
      "ioctl(3, IOCTL_EVTCHN_BIND_UNBOUND_PORT, {remote_domain=32752}) = 29",
      "ioctl(3, IOCTL_EVTCHN_UNBIND, {port=7}) = 0",
      "ioctl(3, IOCTL_EVTCHN_NOTIFY, {port=7}) = -1 ENOTCONN",
      "ioctl(3, IOCTL_EVTCHN_RESET) = 0",
      "ioctl(3, IOCTL_EVTCHN_RESTRICT_DOMID, {domid=5}) = -1 EACCES",
    ],
  );
});

test("an unknown ioctl is traced with its number", async () => {
  assertEquals(await lines({ ioctl: ["ENOSYS"] }, (sys) => sys.ioctl(3, 0x4507, new Uint8Array(0))), [
    "ioctl(3, 0x4507) = -1 ENOSYS",
  ]);
});

test("reads and writes are traced with at most sixteen ports", async () => {
  const many = Array.from({ length: 17 }, (_, i) => i + 1);
  assertEquals(
    await lines({ read: [[7, 9], [], "EAGAIN", "EFBIG", many] }, (sys) => {
      for (let i = 0; i < 5; i++) sys.read(3, new Uint8Array(4096));
      sys.write(3, portBytes(7));
      sys.write(3, portBytes(...many));
    }),
    [
      "read(3, [7, 9], 4096) = 8",
      "read(3, [], 4096) = 0",
      "read(3, [], 4096) = -1 EAGAIN",
      "read(3, [], 4096) = -1 EFBIG",
      "read(3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, ...], 4096) = 68",
      "write(3, [7], 4) = 4",
      "write(3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, ...], 68) = 68",
    ],
  );
});

test("mmap and munmap are traced with the address", async () => {
  const memory: Memory = { address: 0x7F00_1000n, read: () => {}, write: () => {}, unmap: () => {} };
  assertEquals(
    await lines({ map: [memory, "EINVAL"] }, (sys) => {
      (sys.map(3, 4096) as Memory).unmap();
      sys.map(3, 0);
    }),
    [
      "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f001000",
      "munmap(0x7f001000, 4096) = 0",
      "mmap(NULL, 0, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = -1 EINVAL",
    ],
  );
});

test("a hypercall is traced with its name, and with Xen's answer if its memory is mapped", async () => {
  const bytes = new Uint8Array(24);
  const memory: Memory = {
    address: 0x7F00_1000n,
    read: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
    write: () => {},
    unmap: () => {},
  };
  const hypercall = (sys: Syscalls, op: number, ...args: (number | bigint)[]) => {
    const arg = new Uint8Array(48);
    packHypercall({ op, args }, arg);
    sys.ioctl(3, IOCTL_PRIVCMD_HYPERCALL, arg);
  };
  const name = "ioctl(3, IOCTL_PRIVCMD_HYPERCALL, ";
  const answer = (port: number, status: number, target = 0, remotePort = 0) => {
    packStatusQuery(1, port, bytes);
    packStatus({ status, vcpu: 0, target, remotePort }, bytes);
  };
  assertEquals(
    await lines({ map: [memory], ioctl: [0, 0, 0, "EINVAL", 0, 0, "ENOSYS", "ENOSYS", "EFAULT", 0] }, (sys) => {
      const page = sys.map(4, 4096) as Memory;
      for (const [status, target, remotePort] of [[2, 5, 7], [4, 3], [1, 6], [0], [77]]) {
        answer(9, status, target, remotePort);
        hypercall(sys, 32, 5, page.address);
      }
      hypercall(sys, 32, 4, page.address);
      hypercall(sys, 32, 77, page.address);
      hypercall(sys, 17, 6, 0xFFn);
      hypercall(sys, 32, 5, 0x1000n);
      page.unmap();
      hypercall(sys, 32, 5, page.address);
      sys.ioctl(3, IOCTL_PRIVCMD_HYPERCALL, new Uint8Array(8));
    }),
    [
      "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 4, 0) = 0x7f001000",
      `${name}{op=event_channel_op, EVTCHNOP_status, {dom=1, port=9, status=EVTCHNSTAT_interdomain, vcpu=0, ` +
      "remote_dom=5, remote_port=7}}) = 0",
      `${name}{op=event_channel_op, EVTCHNOP_status, {dom=1, port=9, status=EVTCHNSTAT_virq, vcpu=0, virq=3}}) = 0`,
      `${name}{op=event_channel_op, EVTCHNOP_status, {dom=1, port=9, status=EVTCHNSTAT_unbound, vcpu=0, ` +
      "remote_dom=6}}) = 0",
      `${name}{op=event_channel_op, EVTCHNOP_status, {dom=1, port=9}}) = -1 EINVAL`,
      `${name}{op=event_channel_op, EVTCHNOP_status, {dom=1, port=9, status=EVTCHNSTAT_77, vcpu=0}}) = 0`,
      `${name}{op=event_channel_op, EVTCHNOP_send, 0x7f001000}) = 0`,
      `${name}{op=event_channel_op, EVTCHNOP_77, 0x7f001000}) = -1 ENOSYS`,
      `${name}{op=17, arg=[0x6, 0xff, 0x0, 0x0, 0x0]}) = -1 ENOSYS`,
      `${name}{op=event_channel_op, EVTCHNOP_status, 0x1000}) = -1 EFAULT`,
      "munmap(0x7f001000, 4096) = 0",
      `${name}{op=event_channel_op, EVTCHNOP_status, 0x7f001000}) = 0`,
      "ioctl(3, IOCTL_PRIVCMD_HYPERCALL) = 0",
    ],
  );
});

test("sysctl is traced with its command and its answer", () => {
  const told: string[] = [];
  const xen = new Sysctl(traced(createWorld().process(0), LINUX, (line) => told.push(line)));
  xen.dump("e");
  xen.domains();
  xen.close();
  const calls = told.filter((line) => line.includes("op=sysctl"));
  const name = "ioctl(3, IOCTL_PRIVCMD_HYPERCALL, {op=sysctl, ";
  assertEquals(calls.slice(0, 3).map((line) => line.replaceAll(/\d{4}/g, "N")), [
    `${name}XEN_SYSCTL_readconsole, {interface_version=0x15, incremental=1, index=75, count=75}}) = 0`,
    `${name}XEN_SYSCTL_debug_keys, {interface_version=0x15, keys="e"}}) = 0`,
    `${name}XEN_SYSCTL_readconsole, {interface_version=0x15, incremental=1, index=N, count=N}}) = 0`,
  ]);
  assertEquals(
    calls[4],
    `${name}XEN_SYSCTL_getdomaininfolist, {interface_version=0x15, first_domain=1, max_domains=1}}) = 0`,
  );
});

test("reads and writes of xenbus are traced as text, other bytes in octal", async () => {
  const message = (text: string) => new TextEncoder().encode(text);
  const flags = { nonblock: true, cloexec: true };
  const told = await lines({ open: [5, 5], read: [message('a"\\b\x01\x027\x7F'), [7]] }, (sys) => {
    sys.open("/dev/xen/xenbus", flags);
    sys.write(5, message("x".repeat(65)));
    sys.read(5, new Uint8Array(64));
    sys.close(5);
    sys.open("/dev/xen/evtchn", flags);
    sys.read(5, new Uint8Array(64));
  });
  assertEquals(told.filter((line) => /^(read|write)/.test(line)), [
    `write(5, "${"x".repeat(64)}"..., 65) = 65`,
    'read(5, "a\\"\\\\b\\1\\0027\\177", 64) = 8',
    "read(5, [7], 64) = 4",
  ]);
});

test("exactly sixteen ports are all shown", async () => {
  const [line] = await lines({}, (sys) => sys.write(3, portBytes(...new Array(16).fill(1))));
  assertEquals(line, `write(3, [${new Array(16).fill(1).join(", ")}], 64) = 64`);
});

test("polls are traced with the names of their bits", async () => {
  assertEquals(
    await lines({ poll: [Poll.OUT | Poll.WRNORM, 0, Poll.ERR, "EINTR", 0] }, async (sys) => {
      sys.pollNow(3, Poll.IN | Poll.OUT | Poll.RDNORM | Poll.WRNORM);
      sys.pollNow(3, Poll.IN);
      await sys.poll(3, Poll.IN, -1);
      await sys.poll(3, Poll.IN, -5);
      await sys.poll(3, Poll.IN, 250);
    }),
    [
      "poll([{fd=3, events=POLLIN|POLLOUT|POLLRDNORM|POLLWRNORM}], 1, 0) = 1 ([{fd=3, revents=POLLOUT|POLLWRNORM}])",
      "poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout)",
      "poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLERR}])",
      "poll([{fd=3, events=POLLIN}], 1, -1) = -1 EINTR",
      "poll([{fd=3, events=POLLIN}], 1, 250) = 0 (Timeout)",
    ],
  );
});

test("pollNames is in ascending order of the bits", () => {
  assertEquals(pollNames(0x17D), ["POLLIN", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL", "POLLRDNORM", "POLLWRNORM"]);
  assertEquals(pollNames(0), []);
});

test("tracing changes neither arguments nor results", async () => {
  const fake = new FakeSyscalls({
    ioctl: [27],
    read: [[7]],
    poll: [Poll.IN, "EINTR"],
    blocks: [true],
    open: ["ENOENT"],
  });
  const sys = traced(fake, LINUX, () => {});
  const buffer = new Uint8Array(8);
  assertEquals(
    [
      sys.open("/x", { nonblock: true, cloexec: true }),
      sys.ioctl(3, 0x44500, portBytes(3)),
      sys.read(3, buffer),
      sys.pollNow(3, Poll.IN),
      await sys.poll(3, Poll.IN, 10),
      sys.blocks(3),
      sys.write(3, portBytes(7)),
    ],
    ["ENOENT", 27, 4, Poll.IN, "EINTR", true, 4],
  );
  assertEquals(buffer, portBytes(7, 0));
  assertEquals(fake.of("ioctl"), [[3, 0x44500, [...portBytes(3)]]]);
  assertEquals(fake.of("poll"), [[3, Poll.IN, 10]]);
});

test("files and folders of the kernel are traced as text, names and targets", async () => {
  const [read, target] = [new TextEncoder().encode("a\n"), new TextEncoder().encode("/dev/xen/evtchn")];
  const room = new Uint8Array(512);
  const names = Array.from({ length: 10 }, (_, i) => `f${i}`);
  const entries = room.slice(0, packEntries([".", "..", ...names], room).bytes);
  const script: Script = { open: [3, 4], read: [read], entries: [entries, "ENOTDIR"], readlink: [target, "ENOENT"] };
  assertEquals(
    await lines(script, (sys) => {
      const buffer = new Uint8Array(512);
      sys.open("/proc/1/comm", { access: "read", nonblock: true, cloexec: true });
      sys.read(3, buffer);
      sys.entries(4, buffer);
      sys.entries(3, buffer);
      sys.readlink("/proc/1/fd/3", buffer);
      sys.readlink("/proc/1/fd/4", buffer);
    }),
    [
      'open("/proc/1/comm", O_RDONLY|O_NONBLOCK|O_CLOEXEC) = 3',
      'read(3, "a\\12", 512) = 2',
      'getdents64(4, ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", ...], 512) = 288',
      "getdents64(3, [], 512) = -1 ENOTDIR",
      'readlink("/proc/1/fd/3", "/dev/xen/evtchn", 512) = 15',
      'readlink("/proc/1/fd/4", "", 512) = -1 ENOENT',
    ],
  );
});
