import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, type Handle, openHandle, UsageError, type WatchEvent } from "../../lib/api/evtchn.ts";
import { simulate } from "../../lib/api/sim.ts";
import { openStore } from "../../lib/api/xenstore.ts";
import { withSession } from "../support/sessions.ts";
import { runningKernel } from "../../lib/host/running_kernel.ts";
import { test } from "../support/test.ts";

await runningKernel(Deno.build.os); // libc stays loaded: no test is to blame for it

/** Opens a handle of a domain; those of one host see each other's ports. */
type Open = (domain: number) => Promise<Handle>;

/** Where handles can be, with their hosts. */
const PLACES: Readonly<Record<string, (work: (open: Open) => Promise<void>) => Promise<void>>> = {
  async "simulated host"(work) {
    await using host = await simulate();
    await work((domain) => host.openHandle(domain));
  },
  session: (work) =>
    withSession(async ({ socket }) => {
      await using handles = new AsyncDisposableStack();
      await work(async (domain) => handles.use(await openHandle({ session: socket, as: domain })));
    }),
};

/** Registers a test for each of {@linkcode PLACES}. */
function everywhere(name: string, work: (open: Open) => Promise<void>): void {
  for (const [place, host] of Object.entries(PLACES)) test(`${place}: ${name}`, () => host(work));
}

/** Channels from domain 5 to domain 0: the ports of the hearer, and of whoever notifies them. */
async function channels(hearer: Handle, sender: Handle, count: number): Promise<{ heard: number[]; sent: number[] }> {
  const [heard, sent]: number[][] = [[], []];
  for (let i = 0; i < count; i++) {
    heard.push(await hearer.allocUnbound(0));
    sent.push(await sender.bindInterdomain(5, heard[i]));
  }
  return { heard, sent };
}

/** Lets other work run until something holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** What a loop of so many steps gets. */
async function take(events: AsyncIterable<WatchEvent>, count = Infinity): Promise<WatchEvent[]> {
  const taken: WatchEvent[] = [];
  for await (const event of events) {
    if (taken.push(event) >= count) break;
  }
  return taken;
}

const ports = (events: readonly WatchEvent[]) =>
  events.map((event) => event.kind === "pending" ? event.port : event.kind);

everywhere(
  "events come with their port, their channel and their number; the first one of a bind is said",
  async (open) => {
    const [guest, backend] = [await open(5), await open(0)];
    const { heard: [offered], sent: [port] } = await channels(guest, backend, 1);
    await backend.notify(port);
    const first = await guest.next(offered, { timeout: 5000 });
    const { time, ...rest } = first as WatchEvent & { kind: "pending" };
    assertEquals(rest, { kind: "pending", port: offered, channel: "0:any", seq: 1, initial: false, stale: false });
    assertEquals(time > 1e15 && Number.isInteger(time), true);
    await guest.notify(offered);
    const [event] = await take(backend.watch([], { limit: 1 }));
    const seen = event as WatchEvent & { kind: "pending" };
    assertEquals([seen.port, seen.channel, seen.initial], [port, `5:${offered}`, true]);
  },
);

everywhere("what a loop has not taken when it is left, the next one gets, and the ports fire again", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const { heard, sent } = await channels(guest, backend, 3);
  for (const port of sent) await backend.notify(port);
  const first = await take(guest.watch(heard), 1);
  const others = await take(guest.watch([heard[2]], { limit: 1 }));
  const rest = await take(guest.watch([], { limit: 1 }));
  assertEquals([...ports(first), ...ports(others), ...ports(rest)], [heard[0], heard[2], heard[1]]);
  for (const port of sent) await backend.notify(port);
  assertEquals(ports(await take(guest.watch(heard, { limit: 3 }))), heard);
  assertEquals(await take(guest.watch(heard, { idleTimeout: 1 })), []);
});

everywhere("what comes while a loop works is not lost when the loop is left", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const { heard, sent } = await channels(guest, backend, 2);
  await backend.notify(sent[0]);
  for await (const event of guest.watch(heard)) {
    assertEquals(ports([event]), [heard[0]]);
    await backend.notify(sent[1]);
    await until(async () => (await guest.status()).every(({ events }) => events === 1));
    break;
  }
  assertEquals(ports(await take(guest.watch([heard[1]], { limit: 1 }))), [heard[1]]);
});

everywhere("a port that is closed takes the events along that nobody took", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const { heard, sent } = await channels(guest, backend, 2);
  for (const port of sent) await backend.notify(port);
  await take(guest.watch(heard), 1);
  await guest.unbind(heard[1]);
  assertEquals(await take(guest.watch([], { idleTimeout: 1 })), []);
});

everywhere("two watches at a time both get the events that they want", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const { heard, sent } = await channels(guest, backend, 2);
  const all = take(guest.watch([], { limit: 3 }));
  const one = take(guest.watch([heard[1]], { limit: 2 }));
  for (let asked = 0; asked < 4; asked++) await guest.status(); // a session answers in order: both have begun
  for (const port of sent) await backend.notify(port);
  await until(async () => (await guest.status()).every(({ masked, events }) => !masked && events === 1));
  await backend.notify(sent[1]);
  assertEquals([ports(await all), ports(await one)], [[...heard, heard[1]], [heard[1], heard[1]]]);
});

everywhere("a signal, a timeout, and closing the handle end a loop without an error", async (open) => {
  const guest = await open(5);
  const offered = await guest.allocUnbound(0);
  const end = new AbortController();
  const [signalled, closed] = [take(guest.watch([offered], { signal: end.signal })), take(guest.watch())];
  assertEquals(await guest.next(offered, { timeout: 1 }), undefined);
  assertEquals(await guest.next(offered, { signal: AbortSignal.abort() }), undefined);
  end.abort();
  assertEquals(await signalled, []);
  await guest.close();
  assertEquals(await closed, []);
  await guest.close();
  await assertRejects(() => guest.notify(offered), DeviceError);
});

everywhere("left masked, a port fires once until it is unmasked", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const { heard: [offered], sent: [port] } = await channels(guest, backend, 1);
  await backend.notify(port);
  assertEquals(ports(await take(guest.watch([offered], { limit: 1, unmask: false }))), [offered]);
  await backend.notify(port);
  assertEquals(await guest.next(offered, { timeout: 1 }), undefined);
  assertEquals((await guest.status()).map(({ masked, events }) => [masked, events]), [[true, 1]]);
  await guest.unmask(offered);
  assertEquals(ports(await take(guest.watch([offered], { limit: 1 }))), [offered]);
});

everywhere("status says each port, and a VIRQ or a remote port is not bound twice by its name", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const virq = await backend.bind("virq:DOM_EXC");
  const offered = await guest.bind("0:any");
  const port = await backend.bind(`5:${offered}`);
  assertEquals([await backend.bind("virq:3"), await backend.bind(`5:${offered}`)], [virq, port]);
  assertEquals((await backend.status()).map(({ port, channel, kind }) => [port, channel, kind]), [
    [virq, "virq:dom_exc", "virq"],
    [port, `5:${offered}`, "interdomain"],
  ]);
  assertEquals(await guest.bind(offered), offered);
});

everywhere("a reset drops what nobody has read", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const { heard, sent } = await channels(guest, backend, 2);
  for (const port of sent) await backend.notify(port);
  await take(guest.watch(heard), 1);
  await guest.reset();
  assertEquals(await take(guest.watch(heard, { idleTimeout: 1 })), []);
  await backend.notify(sent[0]);
  assertEquals(ports(await take(guest.watch(heard, { limit: 1 }))), [heard[0]]);
});

everywhere("a handle that is restricted binds to one domain alone", async (open) => {
  const [guest, backend] = [await open(5), await open(0)];
  const offered = await guest.allocUnbound(0);
  await backend.restrict(1);
  const refused = await assertRejects(() => backend.bindInterdomain(5, offered), DeviceError);
  assertEquals([refused.errno, refused.hint], ["EACCES", "this handle is restricted to another domain"]);
});

everywhere("what the kernel refuses has an errno, a subject and a hint", async (open) => {
  const handle = await open(0);
  const refused = await assertRejects(() => handle.notify(7), DeviceError);
  const { op, errno, subject, message, action } = refused;
  assertEquals([op, errno, subject, message, action], [
    "notify",
    "ENOTCONN",
    "7",
    "Cannot notify port 7: ENOTCONN",
    "Cannot notify port 7",
  ]);
  const taken = await assertRejects(() => take(handle.watch(["virq:timer"])), DeviceError);
  assertEquals([taken.op, taken.errno, taken.hint === undefined], ["bind-virq", "EEXIST", false]);
});

test("what cannot be right is refused before the device is asked", async () => {
  await using handle = await openHandle({ device: "sim:linux" });
  for (
    const wrong of [
      () => handle.notify(-1),
      () => handle.notify(1.5),
      () => handle.unbind(2 ** 32),
      () => handle.unmask(NaN),
      () => handle.allocUnbound(65536), // Xen would take it for domain 0
      () => handle.bindInterdomain(-1, 3),
      () => handle.bindVirq("dom-exception"),
      () => handle.bind("web:3"),
      () => handle.next("virq:nothing"),
      () => handle.restrict(0x7FF1),
    ]
  ) await assertRejects(wrong, UsageError);
});

everywhere("an overflow is told, and the events after it come", async (open) => {
  const handle = await open(0);
  const heard: number[] = [];
  const sent: number[] = [];
  for (let i = 0; i < 32; i++) { // 64 ports make a ring of 64, and each of them fires
    heard.push(await handle.allocUnbound(0));
    sent.push(await handle.bindInterdomain("self", heard[i]));
  }
  for (const port of sent) await handle.notify(port);
  await handle.unmask(heard[0]);
  await handle.notify(sent[0]);
  const [lost] = await take(handle.watch([heard[0]]), 1);
  assertEquals([lost.kind, lost.time > 1e15], ["overflow", true]);
  await handle.notify(sent[0]);
  assertEquals(ports(await take(handle.watch([heard[0]], { limit: 1 }))), [heard[0]]);
});

test("a place that contradicts itself or that there is not is refused", async () => {
  for (
    const [place, message] of [
      [{ device: "/dev/xen/evtchn", session: "/tmp/x" }, "Cannot use device and session together"],
      [{ device: "sim:linux", fd: 3 }, "Cannot use device and fd together"],
      [{ as: 5 }, "Cannot act as another domain on a real device"],
      [{ device: "sim:plan9" }, 'Cannot simulate "plan9"'],
      [{ device: "sim:linux", as: 99 }, "Cannot act as domain 99"],
    ] as const
  ) await assertRejects(() => openHandle(place), UsageError, message);
  const missing = await assertRejects(() => openHandle({ device: "/nonexistent", session: "" }), DeviceError);
  assertEquals([missing.op, missing.errno, missing.hint === undefined], ["open", "ENOENT", false]);
  const closed = await assertRejects(() => openHandle({ fd: 9999 }), DeviceError);
  assertEquals(closed.errno, "EBADF");
});

test("a session keeps the ports of a handle that was closed", () =>
  withSession(async ({ socket }) => {
    const first = await openHandle({ session: socket });
    const port = await first.allocUnbound(5);
    await first.close();
    await using second = await openHandle({ session: socket });
    assertEquals((await second.status()).map(({ port, channel }) => [port, channel]), [[port, "5:any"]]);
  }));

test("a session that ends fails the loops over its events and over its xenstore", () =>
  withSession(async ({ socket, server }) => {
    await using handle = await openHandle({ session: socket });
    await using store = await openStore({ session: socket });
    const changes = store.watch("data");
    await changes.next();
    const ends = [take(handle.watch()), changes.next()];
    for (const end of ends) end.catch(() => {}); // both fail before the second is awaited
    await handle.status(); // the session answers in order: the watch has begun
    server.stop();
    for (const end of ends) assertEquals((await assertRejects(() => end, DeviceError)).op, "session");
  }));

test("on a simulated host a handle that is closed closes its ports", async () => {
  await using host = await simulate();
  const guest = await host.openHandle(5);
  const offered = await guest.allocUnbound(0);
  await guest.close();
  const backend = await host.openHandle(0);
  const refused = await assertRejects(() => backend.bindInterdomain(5, offered), DeviceError);
  assertEquals(refused.errno, "EINVAL");
});
