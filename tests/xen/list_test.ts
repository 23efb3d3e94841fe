/**
 * `list` on a real Xen: it says what lsevtchn says, sees the ports of every handle, and fails in words.
 */
import { assertEquals } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { HYPERCALL_PATH, PRIVCMD_PATH } from "../../ffi/privcmd.ts";
import { systemClock } from "../../lib/clock.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { COMMAND, run } from "../support/process.ts";
import { withShells } from "../support/session_shell.ts";
import { bindLoopbacks, bothEnds, DEVICE, sys, test } from "./device.ts";
import { agree, inItsWords, lsevtchn, records, shellOnDevice } from "./lsevtchn.ts";

const TBUF = 4;

/**
 * Those of the host. Xen binds on vCPU 0, and Linux then moves a port to the vCPU that has the fewest
 * (drivers/xen/events/events_base.c, select_target_cpu), the ports of global VIRQs among them.
 */
const VCPUS: readonly number[] = [0, 1];

test("list: what lsevtchn says of domain 0, line by line, however sparse its table is", async (rig) => {
  await agree(0);
  const device = rig.open();
  const many = bothEnds(bindLoopbacks(device, 100));
  for (const port of many.slice(0, -2)) device.unbind(port);
  const [virq, unbound] = [device.bindVirq(TBUF), device.allocUnbound(5)];
  const bound = await agree(0);
  const [hearer, sender] = many.slice(-2);
  const of = (...ports: number[]) => bound.filter(({ port }) => ports.includes(port));
  const [{ vcpu, ...found }] = of(virq);
  assertEquals(found, { op: "list", domain: 0, port: virq, status: "virq", virq: "tbuf" });
  assertEquals(VCPUS.includes(vcpu), true, `vCPU ${vcpu}`);
  assertEquals(of(unbound).map(({ status, remote_domain }) => [status, remote_domain]), [["unbound", 5]]);
  assertEquals(
    of(hearer, sender).map(({ status, remote_domain, remote_port }) => [status, remote_domain, remote_port]),
    [
      ["interdomain", 0, sender],
      ["interdomain", 0, hearer],
    ],
  );
  // The same as a process of its own, with the permissions of its first line.
  const theirs = await lsevtchn(0);
  const { status, stdout, stderr } = await run(["list", "0", "--json"]);
  assertEquals([status, stderr, records(stdout).map(inItsWords)], [0, "", theirs]);
});

test("list: one port of Xen's table, its end, no such domain, and who one is", async (rig) => {
  const device = rig.open();
  const port = device.allocUnbound(DOMID_SELF);
  const view = new KernelView({ syscalls: sys, abi: LINUX }, systemClock());
  try {
    const tables = view.tables();
    const status = tables.status(DOMID_SELF, port);
    const vcpu = typeof status === "string" ? -1 : status.vcpu;
    assertEquals([status, VCPUS.includes(vcpu)], [{ status: "unbound", vcpu, remoteDomain: 0 }, true]);
    assertEquals(tables.status(0, 0), { status: "closed", vcpu: 0 });
    assertEquals([tables.status(0, 131072), tables.status(999, 1), tables.status(999, 131072)], [
      "EINVAL",
      "ESRCH",
      "ESRCH",
    ]);
    assertEquals(tables.table(DOMID_SELF), tables.table(0));
    assertEquals(await view.ownDomain(), 0);
    device.unbind(port);
    assertEquals(tables.status(0, port), { status: "closed", vcpu: 0 });
  } finally {
    await view.close();
  }
});

test("list: privcmd's own answers are those that the simulator gives", () => {
  assertEquals([PRIVCMD_PATH, HYPERCALL_PATH].map((path) => Deno.statSync(path).mode! & 0o777), [0o600, 0o600]);
  const plain = { nonblock: false, cloexec: true };
  const [privcmd, buffers] = [PRIVCMD_PATH, HYPERCALL_PATH].map((path) => sys.open(path, plain) as number);
  const bytes = new Uint8Array(48);
  try {
    assertEquals([sys.ioctl(privcmd, 0x44500, bytes), sys.ioctl(buffers, 0x305000, bytes)], ["ENOTTY", "ENOTTY"]);
    assertEquals([sys.read(privcmd, bytes), sys.write(privcmd, bytes), sys.read(buffers, bytes)], [
      "EINVAL",
      "EINVAL",
      "EINVAL",
    ]);
    bytes[0] = 32; // event_channel_op, command 99 and then EVTCHNOP_status of nowhere
    bytes[8] = 99;
    assertEquals(sys.ioctl(privcmd, 0x305000, bytes), "ENOSYS");
    bytes[8] = 5;
    assertEquals(sys.ioctl(privcmd, 0x305000, bytes), "EFAULT");
    bytes[0] = 63; // no such hypercall
    assertEquals(sys.ioctl(privcmd, 0x305000, bytes), "ENOSYS");
    assertEquals(sys.pollNow(privcmd, 0x145), 0x145);
  } finally {
    sys.close(privcmd);
    sys.close(buffers);
  }
});

test("list: scripts and sessions list too, and @ knows its own domain", async (rig) => {
  const port = rig.open().allocUnbound(5);
  const line = new RegExp(`^ *${port} +\\d+ +unbound +waits for domain 5( |$)`, "m");
  await using shell = await shellOnDevice();
  const own = await shell.run("evtchn run --json -e '@0 list' -e 'list self'");
  const listed = records(own.output) as unknown as { domain: number; port: number; line: number }[];
  const [named, itself] = [1, 2].map((line) => listed.filter((record) => record.line === line));
  assertEquals([own.status, named.length > 0, named.map(({ port }) => port)], [
    0,
    true,
    itself.map(({ port }) => port),
  ], own.output);
  assertEquals(listed.every(({ domain }) => domain === 0), true);
  assertEquals(await shell.run("evtchn run -e '@3 status'"), {
    status: 2,
    output: "evtchn: run: -e:1: @3 status: Cannot act as @3 on a real device\n" +
      "hint: this device is domain 0's: write @0 or leave @ out\n",
  });
  await withShells(async (shells) => {
    const { status, stdout, stderr } = await shells.run(`exec evtchn session run -d ${DEVICE} -- evtchn list 0`);
    assertEquals([status, stderr, line.test(stdout)], [0, "", true], stdout);
  });
});

/** What a node is kept in while another /dev/xen is put over it. */
const KEPT = "/tmp/kept";

/** A script that runs the command where sh has changed what is mounted, for that command alone. */
const hiding = (setup: string) => `exec unshare -m sh -c '${setup}; exec "$@"' sh "$@"`;

test("list: no such domain, no privcmd, no memory for hypercalls, and an ordinary user: a line and a hint each", async () => {
  const outcomes = [
    await run(["list", "999"]),
    await run(["list"], { sh: hiding("mount -t tmpfs none /dev/xen") }),
    await run(["list"], {
      sh: hiding(
        `mkdir ${KEPT}; cp -a /dev/xen/privcmd ${KEPT}; mount -t tmpfs none /dev/xen; mv ${KEPT}/* /dev/xen; rmdir ${KEPT}`,
      ),
    }),
    await asNobody("list"),
  ];
  assertEquals(outcomes.map(({ status, stderr }) => [status, ...stderr.split("\n").slice(0, 1)]), [
    [1, "evtchn: list: Cannot list the ports of domain 999: ESRCH"],
    [1, 'evtchn: list: Cannot open "/dev/xen/privcmd": ENOENT'],
    [1, 'evtchn: list: Cannot open "/dev/xen/hypercall": ENOENT'],
    [1, 'evtchn: list: Cannot open "/dev/xen/privcmd": EACCES'],
  ]);
  for (const { stderr } of outcomes) {
    assertEquals(stderr.split("\n").slice(1).map((line) => line.slice(0, 6)), ["hint: ", ""]);
  }
});

/** Runs `evtchn` as a user who has no rights. */
async function asNobody(...words: string[]): Promise<{ status: number; stderr: string }> {
  const [program, ...args] = COMMAND;
  const { code, stderr } = await new Deno.Command(program, { args: [...args, ...words], uid: 65534, gid: 65534 })
    .output();
  return { status: code, stderr: new TextDecoder().decode(stderr) };
}
