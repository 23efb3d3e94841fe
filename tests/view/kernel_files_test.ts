/** The files of /proc and /sys: through libc, through a simulated kernel, and which of them may be read at all. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { packEntries } from "../../ffi/dirent.ts";
import { ILLUMOS } from "../../ffi/abi_illumos.ts";
import { LINUX } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { systemClock } from "../../lib/clock.ts";
import { DeviceError } from "../../lib/errors.ts";
import { FILE_LIMIT, isKernelFile } from "../../lib/view/kernel_files.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { SyscallFiles } from "../../lib/view/syscall_files.ts";
import { sys } from "../support/descriptors.ts";
import { FakeSyscalls } from "../support/fake_syscalls.ts";
import { createWorld, Device } from "../support/simulated.ts";
import { test } from "../support/test.ts";

test("this kernel's files, folders and links are read through libc, and nothing stays open", async () => {
  const before = [...Deno.readDirSync("/proc/self/fd")].length;
  const files = new SyscallFiles(sys);
  assertEquals(files.read("/proc/self/comm"), { text: await Deno.readTextFile("/proc/self/comm") });
  const stat = files.read("/proc/self/stat");
  assert(typeof stat !== "string" && stat.text.startsWith(`${Deno.pid} (`), JSON.stringify(stat));
  const names = files.list("/proc/self/fd");
  assert(typeof names !== "string" && names.includes("0") && !names.includes("."), String(names));
  assertEquals(files.link("/proc/self/fd/0"), { text: Deno.readLinkSync("/proc/self/fd/0") });
  assertEquals(files.list("/sys/bus"), [...Deno.readDirSync("/sys/bus")].map(({ name }) => name));
  const refused = ["/proc/self/comm", "/proc/4294967295/comm", "/sys/bus"];
  assertEquals([files.list(refused[0]), files.read(refused[1]), files.read(refused[2]), files.link(refused[0])], [
    "ENOTDIR",
    "ENOENT",
    "EISDIR",
    "EINVAL",
  ]);
  assertEquals([...Deno.readDirSync("/proc/self/fd")].length, before);
});

test("a long folder takes several calls, and has every name once", () => {
  const all = Array.from({ length: 5000 }, (_, i) => `vif-${i}-0`);
  const parts: Uint8Array[] = [];
  for (let left = all; left.length > 0;) {
    const buffer = new Uint8Array(4096);
    const { count, bytes } = packEntries(left, buffer);
    parts.push(buffer.subarray(0, bytes));
    left = left.slice(count);
  }
  const files = new SyscallFiles(new FakeSyscalls({ entries: parts }));
  assertEquals(files.list("/sys/bus/xen-backend/devices"), all);
});

test("a character that two reads cut is whole, and bytes that are no UTF-8 are U+FFFD", () => {
  const [euro, bad] = [new TextEncoder().encode("a€b"), Uint8Array.of(0x61, 0xFF, 0x0A)];
  const read = [euro.subarray(0, 2), euro.subarray(2), new Uint8Array(0), bad, new Uint8Array(0)];
  const files = new SyscallFiles(new FakeSyscalls({ read }));
  assertEquals([files.read("/proc/stat"), files.read("/proc/1/comm")], [{ text: "a€b" }, { text: "a\uFFFD\n" }]);
});

test("a file without end is EFBIG, as is an errno of any call its own, and the file is closed", () => {
  const syscalls = new FakeSyscalls();
  let reads = 0;
  const endless: Syscalls = Object.assign(syscalls, {
    read: (_: number, buffer: Uint8Array) => (reads++, buffer.length),
  });
  assertEquals(new SyscallFiles(endless).read("/proc/interrupts"), "EFBIG");
  assert(reads * 32_768 <= FILE_LIMIT + 65_536, `${reads} reads`);
  assertEquals(syscalls.of("close"), [[3]]);
  const failing = new FakeSyscalls({ open: ["EACCES", 5], read: ["EIO"] });
  assertEquals([1, 2].map(() => new SyscallFiles(failing).read("/proc/interrupts")), ["EACCES", "EIO"]);
  assertEquals(failing.of("close"), [[5]]);
});

test("no path leads to another file than the kernel's own, and none of those that a read changes", () => {
  const refused = [
    "/var/secret",
    "/proc/1/root",
    "/proc/1/cwd/x",
    "/proc/1/mem",
    "/proc/1/environ",
    "/proc/kmsg",
    "/proc/kcore",
    "/sys/kernel/debug/tracing/trace_pipe",
    "/sys/bus/../../var/secret",
    "/sys/bus/./x",
    "/sys/bus/..",
    "/sys/bus/a\0b",
    "/dev/mem",
    "/dev/xen/../mem",
    "proc/interrupts",
    "",
  ];
  assertEquals(refused.filter(isKernelFile), []);
  const syscalls = new FakeSyscalls();
  const files = new SyscallFiles(syscalls);
  for (const path of refused) {
    assertEquals([files.read(path), files.list(path), files.link(path)], ["EACCES", "EACCES", "EACCES"], path);
  }
  assertEquals(syscalls.calls, []);
});

test("what a process has open is looked at as a link, and neither read nor listed", () => {
  const syscalls = new FakeSyscalls();
  const files = new SyscallFiles(syscalls);
  for (const path of ["/proc/1/fd/4", "/proc/self/fd/0"]) {
    assertEquals([isKernelFile(path), files.read(path), files.list(path)], [true, "EACCES", "EACCES"]);
  }
  assertEquals(syscalls.calls, []);
});

test("a system without these files says so when they are asked for", () => {
  const view = new KernelView({ abi: ILLUMOS, syscalls: new FakeSyscalls() }, systemClock());
  const error = assertThrows(() => view.files(), DeviceError);
  assertEquals(error.message, "Cannot look beyond a handle on illumos: ENOTSUP");
});

test("a simulated kernel shows its processes and what they have open", () => {
  const world = createWorld();
  const holder = new Device(world.process(0));
  const files = new KernelView({ abi: LINUX, syscalls: world.process(0) }, systemClock()).files();
  const { id } = holder.process;
  const folder = `/proc/${id}`;
  assertEquals(files.read(`${folder}/comm`), { text: "evtchn\n" });
  assertEquals([files.list(`${folder}/fd`), files.link(`${folder}/fd/3`)], [["3"], { text: "/dev/xen/evtchn" }]);
  const names = files.list("/proc");
  assert(typeof names !== "string" && names.includes(String(id)), String(names));
  holder.close();
  assertEquals([files.list(`${folder}/fd`), files.link(`${folder}/fd/3`)], [[], "ENOENT"]);
  assertEquals([files.read("/proc/9/comm"), files.read("/proc"), files.list(`${folder}/comm`)], [
    "ENOENT",
    "EISDIR",
    "ENOTDIR",
  ]);
});

test("simulated files open for reading alone, and devices are as before", () => {
  const process = createWorld().process(0);
  const path = `/proc/${process.id}/comm`;
  const flags = { nonblock: true, cloexec: true };
  assertEquals([process.open(path, flags), process.open("/proc", flags)], ["EACCES", "EISDIR"]);
  const fd = process.open(path, { ...flags, access: "read" }) as number;
  assertEquals([process.write(fd, new Uint8Array(4)), process.ioctl(fd, 1, new Uint8Array(4))], ["EBADF", "ENOTTY"]);
  assertEquals(process.entries(fd, new Uint8Array(64)), "ENOTDIR");
  assertEquals(process.readlink("/dev/xen/evtchn", new Uint8Array(64)), "EINVAL");
  const folder = process.open("/proc", { ...flags, access: "read" }) as number;
  assertEquals([process.read(folder, new Uint8Array(4)), process.entries(folder, new Uint8Array(8))], [
    "EISDIR",
    "EINVAL",
  ]);
  assertEquals(process.entries(99, new Uint8Array(8)), "EBADF");
});
