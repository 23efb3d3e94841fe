/** `why`: the attempt to bind is undone, and the refusal is explained. @module */

import { assertEquals, assertRejects } from "@std/assert";
import type { Errno } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import type { PortStatus } from "../../lib/view/port_status.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import { SharedDevice } from "../../lib/handle/shared_device.ts";
import type { World } from "../../lib/sim/world.ts";
import { type Channel, DOMID_SELF } from "../../lib/types.ts";
import { why, type WhyAnswer } from "../../lib/inspect/why.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";
import { FakeView } from "../support/fake_view.ts";
import { createWorld } from "../support/simulated.ts";

/** A handle and a view of one domain. */
class Place {
  readonly device: LocalDevice;
  readonly view: KernelView;

  constructor(readonly world: World, domain: number) {
    const kernel = { syscalls: world.process(domain), abi: world.personality.abi };
    this.device = LocalDevice.open(kernel.abi.devicePath, kernel);
    this.view = new KernelView(kernel, new TestClock());
  }

  /** Returns `result: message`, and checks that no port is left behind. */
  async ask(channel: Channel): Promise<string> {
    const before = await this.view.tables().table(0x7FF0);
    const answer = await why(this.device, channel, this.view);
    assertEquals(await this.view.tables().table(0x7FF0), before);
    return text(answer);
  }

  async [Symbol.asyncDispose]() {
    await this.view.close();
    this.device.close();
  }
}

const text = ({ result, message }: WhyAnswer) => `${result}: ${message}`;

const virq = (number: number): Channel => ({ kind: "virq", virq: number });
const offered = (domain: number, port: number): Channel => ({ kind: "interdomain", domain, port });

/** Questions asked in domain 0, and their answers; `%` stands for the port that `arrange` returned. */
const CASES: readonly {
  readonly name: string;
  readonly arrange?: (here: Place, there: Place) => number;
  readonly asked: (port: number) => Channel;
  readonly answer: string;
}[] = [
  {
    name: "a VIRQ that nobody holds",
    asked: () => virq(4),
    answer: "ok: nobody holds it: it was bound and let go again",
  },
  {
    name: "a VIRQ that the kernel holds",
    asked: () => virq(0),
    answer: "EEXIST: port 1 of this domain holds it (its usual owner: kernel)",
  },
  {
    name: "a VIRQ that this very handle holds",
    arrange: ({ device }) => device.bindVirq(3),
    asked: () => virq(3),
    answer: "EEXIST: port % of this domain holds it: this very handle",
  },
  {
    name: "a VIRQ that does not exist",
    asked: () => virq(99),
    answer: "EINVAL: Xen knows VIRQs 0 to 23, and gives global ones to dom0 alone; `evtchn virqs` lists them",
  },
  {
    name: "a port that waits for this domain",
    arrange: (_, there) => there.device.allocUnbound(0),
    asked: (port) => offered(1, port),
    answer: "ok: it waits for this domain: it was bound and let go again",
  },
  {
    name: "a port that is reserved for another domain",
    arrange: (_, there) => there.device.allocUnbound(5),
    asked: (port) => offered(1, port),
    answer: "EINVAL: port % of domain 1 is reserved for domain 5",
  },
  {
    name: "a port that is reserved for a destroyed domain",
    arrange: ({ world }, there) => {
      world.destroyDomain(5);
      return there.device.allocUnbound(5);
    },
    asked: (port) => offered(1, port),
    answer: "EINVAL: port % of domain 1 is reserved for domain 5, which is not there",
  },
  {
    name: "a port that is bound to this domain",
    arrange: ({ device }, there) => {
      const port = there.device.allocUnbound(0);
      device.bindInterdomain(1, port);
      return port;
    },
    asked: (port) => offered(1, port),
    answer: "EINVAL: port % of domain 1 is taken: it is bound to port 27 of this domain",
  },
  {
    name: "a port that is closed",
    arrange: (_, there) => {
      const port = there.device.allocUnbound(0);
      there.device.unbind(port);
      return port;
    },
    asked: (port) => offered(1, port),
    answer: "EINVAL: port % of domain 1 is closed: nobody there has allocated it, or it was let go",
  },
  {
    name: "a port past the end of the table",
    asked: () => offered(1, 4000),
    answer: "EINVAL: domain 1 has no port 4000: its table ends before it",
  },
  {
    name: "a VIRQ's port of another domain",
    asked: () => offered(1, 3),
    answer: "EINVAL: port 3 of domain 1 is no end of a channel: it is its virq:timer on vCPU 0",
  },
  {
    name: "an IPI of another domain",
    asked: () => offered(1, 4),
    answer: "EINVAL: port 4 of domain 1 is no end of a channel: it is its interrupt between vCPUs, on vCPU 0",
  },
  {
    name: "an own port of a physical interrupt",
    asked: () => ({ kind: "port", port: 7 }),
    answer: "ok: port 7 is physical interrupt 9",
  },
  {
    name: "a port past the end of the own table",
    asked: () => ({ kind: "port", port: 4000 }),
    answer: "ENOTCONN: this domain has no port 4000",
  },
  {
    name: "a port of a domain that does not exist",
    asked: () => offered(77, 1),
    answer: "ESRCH: there is no domain 77",
  },
  {
    name: "a new port for a domain",
    asked: () => ({ kind: "unbound", domain: 5 }),
    answer: "ok: a port was allocated for it and let go again",
  },
  {
    name: "an own port that is unbound",
    arrange: ({ device }) => device.allocUnbound(5),
    asked: (port) => ({ kind: "port", port }),
    answer: "ok: port % waits for domain 5 to bind it",
  },
  {
    name: "an own port that is reserved for a domain that does not exist",
    arrange: ({ device }) => device.allocUnbound(77),
    asked: (port) => ({ kind: "port", port }),
    answer: "ESRCH: port % waits for domain 77 to bind it, and there is no such domain: its peer is gone",
  },
  {
    name: "an own port that is bound",
    arrange: ({ device }, there) => device.bindInterdomain(1, there.device.allocUnbound(0)),
    asked: (port) => ({ kind: "port", port }),
    answer: "ok: port % is bound to port 9 of domain 1",
  },
  {
    name: "an own port of a VIRQ",
    asked: () => ({ kind: "port", port: 1 }),
    answer: "ok: port 1 is virq:timer on vCPU 0",
  },
  {
    name: "an own port that is closed",
    arrange: ({ device }) => {
      const port = device.allocUnbound(5);
      device.unbind(port);
      return port;
    },
    asked: (port) => ({ kind: "port", port }),
    answer: "ENOTCONN: nobody in this domain holds port %",
  },
];

for (const { name, arrange, asked, answer } of CASES) {
  test(`why of ${name}`, async () => {
    const world = createWorld();
    await using here = new Place(world, 0);
    await using there = new Place(world, 1);
    const port = arrange?.(here, there) ?? 0;
    assertEquals(await here.ask(asked(port)), answer.replace("%", String(port)));
  });
}

test("why of another domain's port, in a guest", async () => {
  const world = createWorld();
  await using here = new Place(world, 2);
  await using there = new Place(world, 1);
  const channel = offered(1, there.device.allocUnbound(5));
  const answer = await why(here.device, channel, here.view);
  assertEquals(answer.result, "EINVAL");
  assertEquals(
    answer.hint,
    "only the control domain sees the ports of domain 1: ask there, `evtchn why` or `evtchn list`",
  );
});

test("why gives the errno's meaning if Xen cannot be asked", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  const view = new FakeView();
  view.refuse.tables = new DeviceError("privcmd", "ENOENT", "/dev/xen/privcmd", `Cannot open "/dev/xen/privcmd"`);
  const answer = await why(here.device, offered(1, 4000), view);
  assertEquals(
    answer.message,
    "the remote port is free, is bound already, or is reserved for another domain than this one",
  );
  assertEquals(answer.hint, `what Xen has it as cannot be seen: Cannot open "/dev/xen/privcmd": ENOENT`);
});

test("why of a full table names the most frequent kind of port", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  for (;;) {
    try {
      here.device.allocUnbound(1);
    } catch {
      break;
    }
  }
  const answer = await here.ask({ kind: "unbound", domain: 1 });
  assertEquals(answer, "ENOSPC: this domain has no port left: 4095 are in use, 4069 of them unbound");
});

/** The answer about the own port 3, given Xen's answer. */
async function seenOwn(answer: Errno | PortStatus): Promise<WhyAnswer> {
  const world = createWorld();
  await using here = new Place(world, 0);
  const view = new FakeView().set(0, 3, { status: "closed", vcpu: 0 });
  if (typeof answer === "string") view.answers.set(`${0x7FF0}:3`, answer);
  else view.set(0, 3, answer);
  return await why(here.device, { kind: "port", port: 3 }, view);
}

test("why of an own port that Xen holds, or that is an IPI", async () => {
  assertEquals(text(await seenOwn("EACCES")), "ok: port 3 is Xen's own: a device model's, or a monitor's");
  assertEquals(text(await seenOwn({ status: "ipi", vcpu: 1 })), "ok: port 3 is an interrupt between vCPUs, on vCPU 1");
});

test("why of an own port throws if Xen does not answer", async () => {
  const error = await assertRejects(() => seenOwn("EPERM"), DeviceError, "Cannot look at port 3: EPERM");
  assertEquals(error.hint?.startsWith("only the control domain sees the ports of others"), true, error.hint);
});

/** The answer about port 3 of domain 1, given Xen's answer. */
async function seen(answer: Errno | PortStatus): Promise<WhyAnswer> {
  const world = createWorld();
  await using here = new Place(world, 0);
  const view = new FakeView();
  if (typeof answer === "string") view.answers.set("1:3", answer);
  else view.set(1, 3, answer);
  return await why(here.device, offered(1, 3), view);
}

test("why of a port that Xen itself holds", async () => {
  assertEquals((await seen("EACCES")).message, "port 3 of domain 1 is Xen's own: a device model's, or a monitor's");
});

test("why of a port that Xen does not tell gives the errno's meaning", async () => {
  const { message, hint } = await seen("ENOMEM");
  assertEquals([message, hint], [
    "the remote port is free, is bound already, or is reserved for another domain than this one",
    undefined,
  ]);
});

test("why of a port that was freed meanwhile says to try again", async () => {
  const { message, hint } = await seen({ status: "unbound", vcpu: 0, remoteDomain: 0 });
  assertEquals([message, hint], ["port 3 of domain 1 is free for this domain now", "try it again"]);
});

test("why of a reserved port if the caller's domain is unknown", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  const view = new FakeView().set(1, 3, { status: "unbound", vcpu: 0, remoteDomain: 5 });
  view.own = undefined;
  const { message, hint } = await why(here.device, offered(1, 3), view);
  assertEquals([message, hint], [
    "port 3 of domain 1 is reserved for domain 5, which is not there",
    "only that domain may bind it",
  ]);
});

test("why of a VIRQ whose holder is not in the table gives the errno's meaning", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  const { result, message } = await why(here.device, virq(0), new FakeView());
  assertEquals([result, message.split(":")[0]], ["EEXIST", "somebody has bound it already"]);
});

test("why of a VIRQ that a session's handle holds", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  const shared = new SharedDevice(here.device, new TestClock());
  const port = await shared.bindVirq(4);
  // A client of the session that has bound nothing itself.
  const other: Pick<SharedHandle, "bindings" | "bindVirq" | "status"> = {
    bindings: new Map(),
    bindVirq: (virq) => shared.bindVirq(virq),
    status: () => shared.status(),
  };
  const answer = await why(other as SharedHandle, virq(4), here.view);
  assertEquals(answer.message, `port ${port} of this domain holds it: this very handle`);
});

test("why of a missing domain names the existing ones, 16 at most", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  const view = new FakeView();
  const hint = async () => (await why(here.device, offered(77, 1), view)).hint;
  assertEquals(await hint(), undefined);
  for (let domain = 0; domain < 20; domain++) view.put("/local/domain", { [domain]: "" });
  assertEquals(await hint(), "xenstore has domains 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, and 4 more");
  view.refuse.store = new DeviceError("xenstore", "ENOENT", "/dev/xen/xenbus", "Cannot open it");
  assertEquals(await hint(), undefined);
});

test("why of a global VIRQ in a guest says that older Xen never raises it there", async () => {
  const world = createWorld();
  await using here = new Place(world, 0); // whose kernel gives it: an older Xen would give it to a guest as well
  const view = new FakeView();
  view.own = 1;
  assertEquals(
    (await why(here.device, virq(4), view)).hint,
    "this Xen gives it to a guest and never raises it there: it is global, and domain 0's",
  );
});

test("why throws errors that are not DeviceErrors", async () => {
  const world = createWorld();
  await using here = new Place(world, 0);
  const view = new FakeView();
  view.refuse.tables = new TypeError("a mistake of ours");
  await assertRejects(() => why(here.device, offered(1, 3), view), TypeError);
  view.refuse.tables = undefined;
  view.refuse.store = new TypeError("a mistake of ours");
  await assertRejects(() => why(here.device, offered(77, 1), view), TypeError);
});

/** A handle whose binds of VIRQs fail with `error`. */
function refusing(error: Error): EventChannelDevice {
  const bindVirq = () => Promise.reject(error);
  return { bindings: new Map(), bindVirq } as Partial<EventChannelDevice> as EventChannelDevice;
}

const busy = (errno: Errno, hint?: string) => new DeviceError("bind-virq", errno, "virq", "Cannot bind it", hint);

test("why of an unexplained refusal gives the refusal's message", async () => {
  const { result, message } = await why(refusing(busy("EIO")), virq(4), new FakeView());
  assertEquals([result, message], ["EIO", "Cannot bind it: EIO"]);
});

test("why throws an error of bind that is not a DeviceError", async () => {
  await assertRejects(() => why(refusing(new TypeError("a mistake")), virq(4), new FakeView()), TypeError);
});

test("why of a VIRQ without a usual owner, if the caller's domain is unknown", async () => {
  const view = new FakeView().set(0, 9, { status: "virq", vcpu: 1, virq: 30 });
  view.own = undefined;
  const { message, hint, holder } = await why(refusing(busy("EEXIST")), virq(30), view);
  assertEquals([message, hint, holder], [
    "port 9 of this domain holds it",
    "a VIRQ has one holder a vCPU or a domain: it is free when that program ends",
    { domain: DOMID_SELF, port: 9 },
  ]);
});

test("why of a daemon's VIRQ names the daemon", async () => {
  const view = new FakeView().set(0, 9, { status: "virq", vcpu: 0, virq: 3 });
  const { message, hint } = await why(refusing(busy("EEXIST")), virq(3), view);
  assertEquals([message, hint], [
    "port 9 of this domain holds it (its usual owner: xenstored)",
    "a VIRQ has one holder a vCPU or a domain: it is free when that program ends",
  ]);
});

test("why of a full table without ports names no kind", async () => {
  const { message } = await why(refusing(busy("ENOSPC")), virq(4), new FakeView());
  assertEquals(message, "this domain has no port left: 0 are in use");
});
