import { assertEquals } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { summaries, wiringSummary } from "../../lib/render/wiring_summary.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";
import { TestHostView } from "../support/wired_host.ts";
import { test } from "../support/test.ts";

/** A host with a guest whose part of xenstore cannot be read, and one without channels and without a name. */
async function host(): Promise<HostWiring> {
  const wiring = await lookAtWiring(new TestHostView().guest(1, "web"), [1]);
  const unread = new DeviceError("wiring", "EACCES", "/local/domain/2", "Cannot read the domain");
  return {
    ...wiring,
    domains: [...wiring.domains, { domain: 2, channels: [], unread }, { domain: 3, channels: [] }],
  };
}

test("a domain that cannot be read is unknown in the summary, with the reason in its record, and one without channels idle", async () => {
  const wiring = await host();
  assertEquals(wiringSummary(wiring, { palette: PLAIN }), [
    "DOMAIN  NAME  DEVICES  CHANNELS  FAULTS  UNKNOWN  WORST",
    "     1  web         2         2       0        0  ok",
    "     2              0         0       0        0  unknown",
    "     3              0         0       0        0  idle",
    "2 channels, 1 domain unknown",
  ]);
  assertEquals(summaries(wiring, true).map(({ domain, verdict, reason }) => [domain, verdict, reason]), [
    [2, "unknown", "Cannot read the domain: EACCES"],
  ]);
});

test("without domains the summary is the count alone, and of faults alone nothing", async () => {
  const none = { ...await host(), domains: [] };
  assertEquals(wiringSummary(none, { palette: PLAIN }), ["no channels"]);
  assertEquals(wiringSummary(none, { palette: PLAIN, faultsOnly: true }), []);
});
