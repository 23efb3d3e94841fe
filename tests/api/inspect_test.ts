import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, isFine, openHost, type PortList } from "../../lib/api/inspect.ts";
import { openStore } from "../../lib/api/xenstore.ts";
import { simulate } from "../../lib/api/sim.ts";
import { withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";

/** What a list gives: of a domain that is refused, its errno. */
async function lists(all: AsyncIterable<PortList | DeviceError>): Promise<[string | number, number | undefined][]> {
  const found: [string | number, number | undefined][] = [];
  for await (const each of all) {
    found.push(each instanceof DeviceError ? [each.errno, undefined] : [each.domain, each.ports.length]);
  }
  return found;
}

test("ports are those of the own domain, of some or of all; of several a refused one gives its error", async () => {
  await using simulated = await simulate();
  const { ports } = await simulated.createDevice({ kind: "vif", domain: 5 });
  const host = await simulated.openHost();
  const [[own, some]] = await lists(host.ports());
  assertEquals([own, some! > 10, await host.ownDomain()], [0, true, 0]);
  assertEquals((await lists(host.ports([5, 99]))).map(([domain]) => domain), [5, "ESRCH"]);
  assertEquals((await lists(host.ports("all"))).map(([domain]) => domain), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(await lists(host.ports([])), []);
  assertEquals((await assertRejects(() => lists(host.ports([99])), DeviceError)).errno, "ESRCH");
  for await (const list of host.ports([5])) {
    if (list instanceof DeviceError) throw list;
    const claimed = list.ports.filter(({ port }) => ports.includes(port));
    assertEquals(claimed.map(({ claims }) => claims?.[0].key), ["event-channel-tx", "event-channel-rx"]);
  }
});

test("wiring has both ends of each channel, and says what is wrong and why", async () => {
  await using simulated = await simulate();
  const good = await simulated.createDevice({ kind: "vbd", domain: 5 });
  await simulated.createDevice({ kind: "vif", domain: 6, fault: "closed" });
  const host = await simulated.openHost();
  const { channels, unseen, unread, silent } = await host.wiring([5, 6]);
  assertEquals([unseen, unread.size, silent], [undefined, 0, undefined]);
  const { backendPort, ...vbd } = channels.find(({ device }) => device === good.device)!;
  assertEquals(typeof backendPort, "number");
  assertEquals(JSON.parse(JSON.stringify(vbd)), {
    domain: 5,
    device: "vbd/51712",
    key: "event-channel",
    port: good.ports[0],
    backendDomain: 0,
    frontendState: "Connected",
    backendState: "Connected",
    verdict: "ok",
  });
  const faults = channels.filter(({ verdict }) => !isFine(verdict));
  assertEquals(faults.map(({ domain, device, verdict }) => [domain, device, verdict]), [[6, "vif/0", "closed"]]);
  assertEquals(/is closed in Xen/.test(faults[0].reason!), true);
  const missing = await assertRejects(() => host.wiring([99]), DeviceError);
  assertEquals([missing.errno, missing.subject], ["ENOENT", "99"]);
});

test("where Xen or xenstore cannot be asked, the wiring says so", async () => {
  await using blind = await openHost({ device: "sim:linux?privcmd=no" });
  const { unseen, channels } = await blind.wiring([5]);
  assertEquals([unseen?.errno, channels.map(({ verdict }) => verdict)], ["ENOENT", ["unknown", "unknown"]]);
  await assertRejects(() => lists(blind.ports()), DeviceError);
  await using deaf = await openHost({ device: "sim:linux?xenstored=dead" }, { storeTimeout: 5 });
  const { silent } = await deaf.wiring();
  assertEquals(silent?.errno, "ETIMEDOUT");
  await using store = await openStore({ device: "sim:linux?xenstored=dead" }, { timeout: 5 });
  assertEquals((await assertRejects(() => store.read("domid"), DeviceError)).errno, "ETIMEDOUT");
  await assertRejects(() => openStore({ device: "sim:linux?xenstored=no" }), DeviceError);
});

test("a session's host is looked at through the session, and its xenstore read", () =>
  withSession(async ({ socket }) => {
    await using host = await openHost({ session: socket, as: 5 });
    assertEquals([await host.ownDomain(), (await host.wiring(["self"])).channels.length], [5, 2]);
    const store = await openStore({ session: socket });
    assertEquals(await store.read("/local/domain/5/name"), "guest5");
    const changes = store.watch("/local/domain/5/data");
    await changes.next();
    const waiting = changes.next();
    await store.close();
    assertEquals((await waiting).done, true);
    await assertRejects(() => openHost({ session: "/nonexistent/socket" }), DeviceError);
  }));
