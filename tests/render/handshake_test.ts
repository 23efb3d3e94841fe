import { assert, assertEquals } from "@std/assert";
import { handshakeText, waitText } from "../../lib/render/handshake.ts";
import { changeLines } from "../../lib/render/wiring_changes.ts";
import { wiringTree } from "../../lib/render/wiring_tree.ts";
import type { Owed, Troubles } from "../../lib/wiring/handshake.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { TestHostView } from "../support/wired_host.ts";
import { test } from "../support/test.ts";

const told = (troubles: Troubles, owed: Partial<Owed> = {}, device = "vbd/51712") =>
  handshakeText(device, { owes: "backend", step: "Connected", ...owed, ...troubles });

test("of several troubles the most telling one is said: hotplug's, then the own error, then the other's", () => {
  const all: Troubles = {
    hotplugError: "no bridge",
    hotplugStatus: "error",
    backendError: "2 b",
    frontendError: "5 f",
    online: "0",
  };
  const { hotplugError: _, ...status } = all;
  const { hotplugStatus: _status, ...errors } = status;
  assertEquals([
    told(all),
    told(status),
    told(errors),
    told(errors, { owes: "frontend" }),
    told({ frontendError: "5 f" }),
    told({ hotplugStatus: "connected", online: "0" }, { owes: "frontend", step: "Closed" }),
    told({ hotplugStatus: "connected", online: "1" }),
  ], [
    'the backend owes the step to Connected; hotplug-error "no bridge"',
    'the backend owes the step to Connected; hotplug-status "error"',
    'the backend owes the step to Connected; its error "2 b"',
    'the frontend owes the step to Connected; its error "5 f"',
    'the backend owes the step to Connected; the other\'s error "5 f"',
    'the frontend owes the step to Closed; online "0": it is taken away',
    "the backend owes the step to Connected",
  ]);
});

test("a vif's backend waits for hotplug-status, and its lack is said there alone", () => {
  assertEquals(told({}, {}, "vif/0"), "the backend owes the step to Connected; no hotplug-status yet");
  assertEquals(told({}, { step: "InitWait" }, "vif/0"), "the backend owes the step to InitWait");
  assertEquals(told({ hotplugStatus: "connected" }, {}, "vif/0"), "the backend owes the step to Connected");
});

test("a guest's patience is said when it is over", () => {
  assertEquals([waitText("vif/0", 12_900), waitText("vif/0", 270_000), waitText("vkbd/0", 30_000)], [
    "waits 12 s",
    "waits 270 s: a Linux guest that boots goes on without it after 270 s",
    "waits 30 s: a Linux guest that boots goes on without it after 30 s",
  ]);
});

/** A text that would leave its line, or look like another one. */
const HOSTILE = `x"\u001b[2J\n└─ vbd/1  ok\u202e${"y".repeat(500)}`;

/** A guest whose frontend has left such a text as its error, on two devices: with one channel, and with two. */
async function hostile(text = HOSTILE) {
  const view = new TestHostView().guest(1);
  view.device(1, "vbd/1", { "event-channel": 9 }, { backendState: "2" });
  view.device(1, "vif/0", { "event-channel-tx": 10, "event-channel-rx": 11 }, { backendState: "2" });
  view.put("/local/domain/1/error/device", { "vbd/1/error": text, "vif/0/error": text });
  return await lookAtWiring(view, [1]);
}

test("what a guest wrote is wrapped to the terminal below its device, a few lines at most, and cannot leave it", async () => {
  const calm = [...wiringTree(await hostile("5"), { palette: PLAIN, width: 40 })].length;
  const blank = `x"${" z".repeat(500)}`;
  for (const [text, width] of [HOSTILE, blank].flatMap((text) => [80, 60, 40].map((width) => [text, width] as const))) {
    const lines = [...wiringTree(await hostile(text), { palette: PLAIN, width })];
    assert(lines.length <= calm + 2 * 4, lines.join("\n"));
    for (const line of lines.slice(1, -1)) {
      assert(line.length <= width && /^(?:[ │] {2}|[├└]─ )/.test(line), line);
    }
    assert(!["\x1b", "\u202e"].some((character) => lines.join("").includes(character)), lines.join("\n"));
  }
});

test("a script's message is shown to its end, and a very long one cut", () => {
  const message = "/etc/xen/scripts/vif-bridge failed; error detected: Could not find bridge device xenbr0";
  assertEquals(told({ hotplugError: message }), `the backend owes the step to Connected; hotplug-error "${message}"`);
  assertEquals(told({ hotplugError: "y".repeat(500) }).length, told({ hotplugError: "" }).length + 120 + "...".length);
});

test("a step on a terminal and as a record: what is owed, how long the step before took, since when it waits", async () => {
  const wiring = await hostile();
  const channel = wiring.domains[0].channels.find(({ claim }) => claim.device === "vbd/1")!;
  const { handshake } = channel.claim;
  const stamped = {
    ...channel,
    claim: { ...channel.claim, handshake: { ...handshake!, frontendError: "5 x", since: 2_000_000 } },
  };
  const before = { ...channel, claim: { ...channel.claim, frontendState: "Initialising" } };
  const steps = [
    { kind: "step", channel: stamped } as const,
    { kind: "step", channel: stamped, before, milliseconds: 12_345.5 } as const,
    { kind: "step", channel: stamped, milliseconds: 60_000 } as const,
    { kind: "step", channel: { ...channel, verdict: "ok" }, before, milliseconds: 900 } as const,
  ];
  const owes = 'the backend owes the step to Connected; the other\'s error "5 x"';
  assertEquals(changeLines({ palette: PLAIN, quiet: true })(0, steps).split("\n"), [
    `1970-01-01T00:00:00.000000Z  domain 1  vbd/1  Connected/InitWait: ${owes}`,
    `1970-01-01T00:00:00.000000Z  domain 1  vbd/1  Connected/InitWait after 12 s in Initialising/InitWait: ${owes}`,
    `1970-01-01T00:00:00.000000Z  domain 1  vbd/1  Connected/InitWait: ${owes}; waits 60 s`,
    "1970-01-01T00:00:00.000000Z  domain 1  vbd/1  Connected/InitWait after 0 s in Initialising/InitWait",
    "",
  ]);
  const records = changeLines({ palette: PLAIN, json: true })(0, steps).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(records[1], {
    event: "wiring",
    time: "1970-01-01T00:00:00.000000Z",
    domain: 1,
    device: "vbd/1",
    frontend_state: "Connected",
    backend_state: "InitWait",
    duration_us: 12_345_500,
    owes: "backend",
    step: "Connected",
    since: "1970-01-01T00:00:02.000000Z",
    frontend_error: "5 x",
  });
  assertEquals([records[0].duration_us, records[3].owes], [undefined, undefined]);
});
