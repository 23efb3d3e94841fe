import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { PortStatus } from "../../lib/view/port_status.ts";
import type { Claim, ObservedChannel, Verdict, XenSide } from "../../lib/wiring/types.ts";
import { isPlugged, judge } from "../../lib/wiring/verdict.ts";
import { test } from "../support/test.ts";

/** A vif of domain 1, connected to domain 0. */
function observed(
  claim: Partial<Claim> = {},
  xen?: Partial<XenSide>,
  rest: Partial<ObservedChannel> = {},
): ObservedChannel {
  return {
    claim: {
      domain: 1,
      device: "vif/0",
      key: "event-channel",
      text: "5",
      backendDomain: 0,
      frontendState: "Connected",
      backendState: "Connected",
      ...claim,
    },
    port: 5,
    xen: { status: WIRED, peer: BACK, peerExists: true, ...xen },
    ...rest,
  };
}

const WIRED: PortStatus = { status: "interdomain", vcpu: 0, remoteDomain: 0, remotePort: 31 };
const BACK: PortStatus = { status: "interdomain", vcpu: 0, remoteDomain: 1, remotePort: 5 };
const UNBOUND: PortStatus = { status: "unbound", vcpu: 0, remoteDomain: 0 };
const CLOSED: PortStatus = { status: "closed", vcpu: 0 };

/** A store, which has no xenbus states. */
const SERVED: Partial<Claim> = { device: "store", key: "port", server: "xenstored" };

function expect(seen: ObservedChannel, verdict: Verdict, reason?: string): void {
  assertEquals(judge(seen), reason === undefined ? { verdict } : { verdict, reason });
}

const stateless = { frontendState: undefined, backendState: undefined };

test("a bound channel with both ends connected is ok", () => {
  expect(observed(), "ok");
  expect(observed({ frontendState: "Reconfigured", backendState: "Reconfiguring" }), "ok");
  expect(observed({ ...SERVED, ...stateless, backendDomain: undefined }), "ok");
  expect(observed({ backendDomain: undefined }), "ok");
});

test("a peer that may not be asked for is not a fault", () => {
  expect(observed({}, { peer: "EPERM", peerExists: undefined }), "ok");
});

test("the reason for a waiting port has the backend's state", () => {
  expect(
    observed({ frontendState: "Initialised", backendState: "InitWait" }, { status: UNBOUND }),
    "waiting",
    "port 5 waits for the backend in domain 0 to bind it, which is InitWait: is its driver or device model running?",
  );
  expect(
    observed({ backendState: undefined }, { status: UNBOUND }),
    "waiting",
    "port 5 waits for the backend in domain 0 to bind it, of which xenstore has no state: " +
      "is its driver or device model running?",
  );
  expect(
    observed({ ...SERVED, ...stateless }, { status: UNBOUND }),
    "waiting",
    "port 5 waits for xenstored in domain 0: is it running?",
  );
});

test("a bound channel with an end that is not connected is waiting", () => {
  expect(observed({ frontendState: "Initialised" }), "waiting", "port 5 is bound, and the frontend is Initialised");
  expect(observed({ frontendState: undefined }), "waiting", "port 5 is bound, and the frontend is without a state");
  expect(
    observed({ backendState: "Closing" }),
    "waiting",
    "port 5 is bound by the backend, which is Closing: is its driver or device model running?",
  );
});

test("an unbound port with both ends connected is unbound", () => {
  expect(
    observed({}, { status: UNBOUND }),
    "unbound",
    "both ends say that they are connected, and nobody is bound to port 5: the backend in domain 0 has let go of it; " +
      "detach and attach the device",
  );
});

test("a port that is not written", () => {
  const without = { port: undefined, xen: undefined };
  expect(
    observed({ text: undefined, frontendState: "Initialising" }, {}, without),
    "unwritten",
    "the frontend is Initialising and has not written event-channel yet: is its driver loaded in the guest?",
  );
  expect(
    observed({ text: "" }, {}, without),
    "unwritten",
    "the frontend is Connected without a port in event-channel: it was lost, or the frontend wrote it elsewhere",
  );
  expect(
    observed({ ...SERVED, ...stateless, text: undefined }, {}, without),
    "unwritten",
    "port is not written: the toolstack writes it when it builds the domain",
  );
});

test("a text that is not a port is quoted, and cut if it is long", () => {
  const without = { port: undefined, xen: undefined };
  const reason = (shown: string) =>
    `event-channel holds ${shown}, which is no port: whatever runs the frontend is at fault`;
  expect(observed({ text: "abc" }, {}, without), "invalid", reason('"abc"'));
  expect(observed({ text: "9".repeat(4000) }, {}, without), "invalid", reason(`"${"9".repeat(40)}"...`));
});

test("a port that Xen has closed, or never had", () => {
  const reason =
    "port 5 is closed in Xen: the frontend has let go of it; detach and attach the device, or reload the " +
    "frontend's driver";
  expect(observed({}, { status: CLOSED }), "closed", reason);
  expect(observed({}, { status: "EINVAL" }), "closed", reason);
  expect(
    observed({ frontendState: "Closing" }, { status: CLOSED }),
    "closed",
    "port 5 is closed in Xen: the frontend has let go of it and is Closing",
  );
  expect(
    observed({ ...SERVED, ...stateless }, { status: CLOSED }),
    "closed",
    "port 5 is closed in Xen: the guest closed it, and only a new domain gets another",
  );
});

test("a port that is not a channel to the backend", () => {
  expect(
    observed({}, { status: { ...WIRED, remoteDomain: 3 } }),
    "elsewhere",
    "port 5 is bound to domain 3, and the backend is in domain 0: xenstore has the port of another connection",
  );
  expect(
    observed({}, { status: { ...UNBOUND, remoteDomain: 3 } }),
    "elsewhere",
    "port 5 is reserved for domain 3, and the backend is in domain 0: the frontend has to connect anew",
  );
  for (
    const [status, what] of [
      [{ status: "virq", vcpu: 0, virq: 0 }, "virq:timer"],
      [{ status: "pirq", vcpu: 0, pirq: 9 }, "physical interrupt 9"],
      [{ status: "ipi", vcpu: 0 }, "an interrupt between vCPUs"],
    ] as const
  ) {
    expect(
      observed({}, { status }),
      "elsewhere",
      `port 5 of domain 1 is ${what} in Xen, and no channel to a backend: xenstore has the port of an earlier connection`,
    );
  }
  expect(
    observed({}, { peer: { ...BACK, remotePort: 6 } }),
    "elsewhere",
    "port 5 is bound to a port of domain 0 that leads elsewhere: both ends are changing",
  );
});

test("a domain that does not exist any more", () => {
  expect(
    observed({ backendDomain: 7 }, { status: { ...UNBOUND, remoteDomain: 7 }, peerExists: false }),
    "gone",
    "port 5 is reserved for domain 7, which is no longer there: detach the device and attach it to a backend that runs",
  );
  expect(
    observed({}, { status: { ...WIRED, remoteDomain: 7 }, peer: "ESRCH", peerExists: false }),
    "gone",
    "port 5 is bound to domain 7, which is no longer there: detach the device and attach it to a backend that runs",
  );
  expect(
    observed({}, { status: "ESRCH" }),
    "gone",
    "domain 1 is in xenstore, and Xen does not have it: what the toolstack left behind",
  );
});

test("a port that other devices claim too", () => {
  const one = "vif/1 event-channel claims port 5 too";
  const left = ": one of them is left over from an earlier connection, or the guest is at fault";
  expect(observed({}, {}, { sharers: { count: 1, names: ["vif/1 event-channel"] } }), "shared", one + left);
  const names = ["vif/1 event-channel", "vbd/1 event-channel"];
  expect(
    observed({}, {}, { sharers: { count: 2, names } }),
    "shared",
    "vif/1 event-channel and vbd/1 event-channel claim port 5 too" + left,
  );
  expect(
    observed({}, {}, { sharers: { count: 979, names } }),
    "shared",
    "vif/1 event-channel, vbd/1 event-channel and 977 more claim port 5 too" + left,
  );
});

test("a device with both ends closed is unplugged, whatever its port", () => {
  for (const status of [CLOSED, UNBOUND, WIRED, "EINVAL"] as const) {
    const unplugged = observed({ frontendState: "Closed", backendState: "Closed" }, { status });
    expect(unplugged, "idle", "both ends are closed: the device is unplugged");
    assert(!isPlugged(unplugged.claim));
  }
  expect(
    observed({ frontendState: "Closed", backendState: undefined, text: undefined }, {}, { port: undefined }),
    "idle",
    "both ends are closed: the device is unplugged",
  );
  assertEquals(judge(observed({ frontendState: "Closed" })).verdict, "waiting");
  assertEquals(judge(observed({ frontendState: "Closed" }, { status: CLOSED })).verdict, "closed");
});

test("a port that is bound on demand may be unbound", () => {
  const suspend: Partial<Claim> = { device: "suspend", server: "the toolstack", onDemand: true, ...stateless };
  expect(observed(suspend, { status: UNBOUND }), "idle", "the toolstack binds port 5 when it needs it");
  expect(observed(suspend), "ok");
  assertEquals(judge(observed(suspend, { status: CLOSED })).verdict, "closed");
});

test("without Xen's answer the verdict is unknown, or what xenstore tells", () => {
  expect(observed({}, {}, { xen: undefined }), "unknown");
  expect(observed({ ...SERVED, ...stateless }, {}, { xen: undefined }), "unknown");
  expect(
    observed({ backendState: "InitWait" }, {}, { xen: undefined }),
    "waiting",
    "the frontend is Connected and the backend InitWait",
  );
  expect(observed({}, { status: "EPERM" }), "unknown", "Xen does not tell about port 5 of domain 1: EPERM");
});

test("every observed channel has a verdict, and one that is not ok has a reason unless Xen was not asked", () => {
  const state = fc.option(fc.constantFrom("Initialising", "InitWait", "Connected", "Closing", "Closed", "\u001b"), {
    nil: undefined,
  });
  const id = fc.nat(3);
  const status = fc.oneof(
    fc.constantFrom("ESRCH", "EINVAL", "EPERM", "ENOSYS") as fc.Arbitrary<"ESRCH">,
    fc.record({ status: fc.constantFrom("closed" as const, "ipi" as const), vcpu: id }),
    fc.record({ status: fc.constant("unbound" as const), vcpu: id, remoteDomain: id }),
    fc.record({ status: fc.constant("interdomain" as const), vcpu: id, remoteDomain: id, remotePort: id }),
    fc.record({ status: fc.constant("virq" as const), vcpu: id, virq: fc.nat(24) }),
  );
  const xen = fc.option(
    fc.record({
      status,
      peer: fc.option(status, { nil: undefined }),
      peerExists: fc.option(fc.boolean(), { nil: undefined }),
    }),
    { nil: undefined },
  );
  const claim = fc.record({
    domain: id,
    device: fc.constant("vif/0"),
    key: fc.constant("event-channel"),
    text: fc.option(fc.string(), { nil: undefined }),
    backendDomain: fc.option(id, { nil: undefined }),
    frontendState: state,
    backendState: state,
    server: fc.constantFrom(undefined, "xenstored"),
    onDemand: fc.constantFrom(undefined, true),
  });
  const channels = fc.record({ claim, port: fc.option(id, { nil: undefined }), xen });
  fc.assert(fc.property(channels, (seen) => {
    const { verdict, reason } = judge(seen);
    assert(verdict === "ok" ? reason === undefined : reason !== undefined || verdict === "unknown");
    if (verdict === "ok") assert(seen.xen !== undefined && seen.port !== undefined);
    assert(reason?.endsWith(".") !== true);
  }));
});
