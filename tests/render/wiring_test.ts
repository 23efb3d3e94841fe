import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { CHARACTER } from "../support/characters.ts";
import { drawSvg } from "../../commands/wiring/pictures.ts";
import { DeviceError } from "../../lib/errors.ts";
import { type Palette, PLAIN } from "../../lib/render/human.ts";
import { recordLine } from "../../lib/render/json.ts";
import { channelRecord, faultOf, statesText, summaryText } from "../../lib/render/wiring.ts";
import { changeLines } from "../../lib/render/wiring_changes.ts";
import { wiringDot } from "../../lib/render/wiring_dot.ts";
import { wiringMermaid } from "../../lib/render/wiring_mermaid.ts";
import { type TreeLayout, wiringTree } from "../../lib/render/wiring_tree.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import type { HostWiring, WiredChannel } from "../../lib/wiring/types.ts";
import { test } from "../support/test.ts";
import { TestHostView } from "../support/wired_host.ts";

/** The records of every channel, a line each. */
function wiringLines({ domains }: HostWiring): string {
  const channels = domains.flatMap(({ channels }) => channels);
  return channels.map((channel) => recordLine({ op: "wiring", ...channelRecord(channel) })).join("");
}

/** A guest with one fault, and one without. */
function faulty(name = "web"): Promise<HostWiring> {
  const view = new TestHostView().guest(1, name).guest(2, "db");
  view.device(1, "vif/0", { "event-channel-tx": 8, "event-channel-rx": 12 });
  view.set(1, 12, { status: "closed", vcpu: 0 });
  view.device(1, "vbd/51712", { "event-channel": 7 });
  return lookAtWiring(view, []);
}

/** The last line of the tree of some channels. */
const summary = (channels: readonly WiredChannel[]) =>
  summaryText({ domains: [{ domain: 1, channels }], names: new Map() });

const tree = (wiring: HostWiring, layout: Partial<TreeLayout> = {}) =>
  [...wiringTree(wiring, { palette: PLAIN, ...layout })].join("\n");

test("the tree shows domains, devices and channels, and advice below each fault", async () => {
  assertEquals(
    tree(await faulty()),
    `Domain 1 (web)
├─ console              port 2  ── dom0 port 102  ok
├─ store                port 1  ── dom0 port 101  ok
├─ vif/0  Connected
│  ├─ event-channel-tx  port 8  ── dom0 port 108  ok
│  └─ event-channel-rx  port 12                   closed
│     port 12 is closed in Xen: the frontend has let go of it; detach and attach
│     the device, or reload the frontend's driver
└─ vbd/51712 (xvda)     port 7  ── dom0 port 107  ok      Connected
Domain 2 (db)
├─ console              port 2  ── dom0 port 202  ok
└─ store                port 1  ── dom0 port 201  ok
7 channels, 1 fault`,
  );
});

test("the tree of faults shows only faults, and is empty without any", async () => {
  assertEquals(
    tree(await faulty(), { faultsOnly: true }),
    `Domain 1 (web)
└─ vif/0  Connected
   └─ event-channel-rx  port 12  closed
      port 12 is closed in Xen: the frontend has let go of it; detach and attach
      the device, or reload the frontend's driver
7 channels, 1 fault`,
  );
  assertEquals(tree(await lookAtWiring(new TestHostView().guest(1), []), { faultsOnly: true }), "");
});

test("on a narrow terminal lines wrap between words and the branches continue", async () => {
  const view = new TestHostView().guest(1, "web").device(1, "vkbd/0", {}, { state: "1", backendState: "2" })
    .device(1, "vbd/51712", { "event-channel": 7 });
  assertEquals(
    tree(await lookAtWiring(view, [1]), { width: 44 }),
    `Domain 1 (web)
├─ console
│  port 2 ── dom0 port 102  ok
├─ store
│  port 1 ── dom0 port 101  ok
├─ vbd/51712 (xvda)  Connected
│  port 7 ── dom0 port 107  ok
└─ vkbd/0  Initialising/InitWait
   no port  unwritten
   the frontend owes the step to Initialised
   the frontend is Initialising and has not
   written event-channel yet: is its driver
   loaded in the guest?
4 channels, 1 fault`,
  );
  const lines = [...wiringTree(await faulty(), { palette: PLAIN, width: 1 })];
  assert(Math.max(...lines.map(({ length }) => length)) <= 30);
});

test("a usual wiring fits 80 columns", async () => {
  const view = new TestHostView().guest(127);
  view.device(
    127,
    "vif/0",
    Object.fromEntries([0, 1].flatMap((queue) => [
      [`queue-${queue}/event-channel-tx`, 1000 + queue],
      [`queue-${queue}/event-channel-rx`, 1010 + queue],
    ])),
  );
  view.device(127, "vbd/51712", { "event-channel": 1020 }, { state: "3", backendState: "2" });
  view.device(127, "vdispl/0", { "0/req-event-channel": 1021 });
  const lines = [...wiringTree(await lookAtWiring(view, [127]), { palette: PLAIN })];
  assertEquals(lines.filter((line) => line.length > 80), []);
});

test("domains without channels are left out, except a single one", async () => {
  const view = new TestHostView();
  assertEquals(tree(await lookAtWiring(view, [0])), "Domain 0 (Domain-0)\nno channels");
  view.guest(1).put("/local/domain/3", { name: "empty" });
  assertEquals(tree(await lookAtWiring(view, [])).match(/^Domain .*/gm), ["Domain 1 (guest1)"]);
});

test("colours mark faults and do not move the columns", async () => {
  const mark = (letter: string) => (text: string) => `<${letter}>${text}</>`;
  const palette: Palette = { dim: mark("d"), strong: mark("s"), warn: mark("w") };
  const coloured = tree(await faulty(), { palette });
  assertEquals(coloured.replace(/<[dsw]?\/?>|<\/>/g, ""), tree(await faulty()));
  assertEquals(coloured.match(/<w>(.*?)<\/>/g)?.[0], "<w>closed</>");
  assert(coloured.includes("<s>Domain 1 (web)</>") && coloured.includes("<d>ok</>"));
});

test("the last line counts the channels", async () => {
  const [, { channels: all }] = (await faulty()).domains;
  assertEquals([all, all.slice(0, 2), all.slice(0, 1), all.slice(3, 4), []].map(summary), [
    "5 channels, 1 fault",
    "2 channels, all ok",
    "1 channel, ok",
    "1 channel, 1 fault",
    "no channels",
  ]);
  const unknown = all.map((channel) => ({ ...channel, verdict: "unknown" as const }));
  assertEquals(summary([...unknown.slice(0, 2), ...all]), "7 channels, 1 fault, 2 unknown");
});

test("a record has every known field", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 8 }).device(1, "vbd/1", {}, {
    state: "1",
  });
  view.device(1, "vbd/2", { "event-channel": 9 }).bind(1, 9, 2, 4);
  const lines = wiringLines(await lookAtWiring(view, [1])).split("\n");
  assertEquals(
    lines[1],
    '{"op":"wiring","domain":1,"device":"store","key":"port","port":1,"status":"interdomain",' +
      '"backend_domain":0,"backend_port":101,"verdict":"ok"}',
  );
  assertEquals(
    lines[2],
    '{"op":"wiring","domain":1,"device":"vif/0","key":"event-channel","port":8,' +
      '"status":"interdomain","backend_domain":0,"backend_port":108,"frontend_state":"Connected",' +
      '"backend_state":"Connected","verdict":"ok"}',
  );
  assertEquals(Object.entries(JSON.parse(lines[3])).slice(3), [
    ["key", "event-channel"],
    ["backend_domain", 0],
    ["frontend_state", "Initialising"],
    ["backend_state", "Connected"],
    ["verdict", "unwritten"],
    [
      "reason",
      "the frontend is Initialising and has not written event-channel yet: is its driver loaded in the guest?",
    ],
    ["owes", "backend"],
    ["step", "InitWait"],
  ]);
  const { backend_domain, backend_port, remote_domain, remote_port, verdict } = JSON.parse(lines[4]);
  assertEquals([backend_domain, backend_port, remote_domain, remote_port, verdict], [0, undefined, 2, 4, "elsewhere"]);
  assertEquals(lines.slice(5), [""]);
});

test("the faults of a wiring are counted in a sentence", async () => {
  const wiring = await faulty();
  assertEquals(faultOf(wiring), "1 of 7 channels is not as it should be");
  assertEquals(faultOf(await lookAtWiring(new TestHostView().guest(1), [])), undefined);
});

test("changes are lines with their time; --quiet also shows a fault that is gone", async () => {
  const [, { channels }] = (await faulty()).domains;
  const fixed = { ...channels[3], verdict: "ok" as const, reason: undefined };
  const write = changeLines({ palette: PLAIN, quiet: true });
  assertEquals(write(0, channels.map((channel) => ({ kind: "seen", channel }))).split("\n").length, 2);
  assertEquals(
    write(1_000_001, [{ kind: "seen", channel: fixed }, { kind: "seen", channel: channels[0] }]),
    "1970-01-01T00:00:01.000001Z  domain 1  vif/0 event-channel-rx  port 12  Connected  ok\n",
  );
  assertEquals(write(2, [{ kind: "removed", channel: fixed }]), "");
  const later = changeLines({ palette: PLAIN, quiet: true }, channels);
  assertEquals(later(0, [{ kind: "seen", channel: fixed }]).split(" ").at(-1), "ok\n");
  assertEquals(
    changeLines({ palette: PLAIN })(0, [{ kind: "seen", channel: channels[3] }, {
      kind: "removed",
      channel: channels[0],
    }]),
    "1970-01-01T00:00:00.000000Z  domain 1  vif/0 event-channel-rx  port 12  Connected  closed: port 12 is closed in " +
      "Xen: the frontend has let go of it; detach and attach the device, or reload the frontend's driver\n" +
      "1970-01-01T00:00:00.000000Z  domain 1  console port  removed\n",
  );
  assertEquals(
    changeLines({ palette: PLAIN, json: true })(0, [{ kind: "removed", channel: channels[0] }]),
    '{"event":"wiring","time":"1970-01-01T00:00:00.000000Z","domain":1,"device":"console","key":"port","removed":true}\n',
  );
});

/** The lines of what edges say, in DOT. */
const edgeTexts = (dot: readonly string[]) => dot.filter((line) => /^ {4}"d/.test(line));

const labelOf = (line: string) => /label="([^"]*)"/.exec(line)![1];

test("the DOT graph has a box for each domain, an edge for each device, and faults in red", async () => {
  const dot = [...wiringDot(await faulty())];
  assertEquals(dot.filter((line) => /label="Domain/.test(line)).map((line) => line.trim().split(";")[0]), [
    'label="Domain 0 (Domain-0)"',
    'label="Domain 1 (web)"',
    'label="Domain 2 (db)"',
  ]);
  assertEquals(edgeTexts(dot).map(labelOf), [
    "2 ── 102",
    "1 ── 101",
    "tx 8 ── 108\\nrx 12 ── nothing: closed",
    "7 ── 107",
    "2 ── 202",
    "1 ── 201",
  ]);
  assertEquals(dot.filter((line) => line.includes("->")).length, 2 * 6);
  assertEquals(dot.filter((line) => line.includes("style=dashed")).length, 2);
  assertEquals(dot.filter((line) => line.includes("fontcolor") && line.includes("label=")).map(labelOf), [
    "vif/0\\nConnected",
    "tx 8 ── 108\\nrx 12 ── nothing: closed",
  ]);
});

test("with --queues each channel is an edge", async () => {
  assertEquals(edgeTexts([...wiringDot(await faulty(), true)]).map(labelOf).slice(2, 5), [
    "tx 8 ── 108",
    "rx 12 ── nothing: closed",
    "7 ── 107",
  ]);
});

test("the queues of a device are one edge, with their count and what is wrong", async () => {
  const keys = [0, 1, 2].flatMap((queue) => ["tx", "rx"].map((way) => `queue-${queue}/event-channel-${way}`));
  const view = new TestHostView().guest(1).device(1, "vif/0", Object.fromEntries(keys.map((key, i) => [key, 10 + i])));
  view.set(1, 12, { status: "closed", vcpu: 0 });
  const wiring = await lookAtWiring(view, [1]);
  assertEquals(edgeTexts([...wiringDot(wiring)]).map(labelOf)[2], "3 queues, 6 channels\\n1 closed");
  assertEquals(edgeTexts([...wiringDot(wiring, true)]).map(labelOf)[4], "q1 tx 12 ── nothing: closed");
  const chart = [...wiringMermaid(wiring)].join("\n");
  assert(chart.includes('d1_2 -.-|"3 queues#44; 6 channels<br/>1 closed"| d0_2'), chart);
});

test("the Mermaid flowchart has the same", async () => {
  const view = new TestHostView().guest(1, "web").device(1, "vbd/51712", { "event-channel": 7 }, { bound: false });
  assertEquals(
    [...wiringMermaid(await lookAtWiring(view, [1])), ""].join("\n"),
    `flowchart LR
  subgraph d0 ["Domain 0 (Domain-0)"]
    d0_0["console/1"]
    d0_1["store/1"]
    d0_2["vbd/1/51712<br/>Connected"]
  end
  subgraph d1 ["Domain 1 (web)"]
    d1_0["console"]
    d1_1["store"]
    d1_2["vbd/51712 (xvda)<br/>Connected"]:::fault
  end
  d1_0 ---|"2 ── 102"| d0_0
  d1_1 ---|"1 ── 101"| d0_1
  d1_2 -.-|"7 ── nothing: closed"| d0_2
  linkStyle 2 stroke:#c01c28,color:#c01c28
  classDef fault stroke:#c01c28,color:#c01c28,stroke-width:2px
`,
  );
});

test("a backend domain that is gone is marked, and a store without a server leads to `nobody known`", async () => {
  const view = new TestHostView().guest(1).device(1, "vbd/1", { "event-channel": 7 }, { bound: false, backend: 9 });
  view.set(1, 7, { status: "unbound", vcpu: 0, remoteDomain: 9 }).set(1, 1, { status: "closed", vcpu: 0 });
  const dot = [...wiringDot(await lookAtWiring(view, [1]))].join("\n");
  assert(dot.includes('label="Domain 9 (gone)"') && dot.includes('label="nobody known"'), dot);
});

test("a frontend's domain that is gone is marked, and its backend's is not", async () => {
  const view = new TestHostView().guest(1);
  view.ports.delete(1);
  const dot = [...wiringDot(await lookAtWiring(view, [1]))].join("\n");
  assert(dot.includes('label="Domain 1 (guest1) (gone)"') && dot.includes('label="Domain 0 (Domain-0)"'), dot);
});

test("a frontend and a backend of one name in one domain are two nodes", async () => {
  const view = new TestHostView().guest(1);
  view.put("/local/domain/0", { name: "Domain-0" }).device(0, "console/1", { port: 9 }, { backend: 1 });
  const dot = [...wiringDot(await lookAtWiring(view, [0, 1]))].join("\n");
  const nodes = dot.split("\n").filter((line) => /^ *d0_\d+ \[label="console\/1/.test(line));
  assertEquals(nodes.length, 2, dot);
});

test("without Graphviz an SVG is one error with a hint", async () => {
  const missing = () => import(new URL("no_such_module.ts", import.meta.url).href);
  const error = await assertRejects(() => drawSvg("digraph {}", missing), DeviceError) as unknown as DeviceError;
  assertEquals(error.message, 'Cannot load "@viz-js/viz", which draws: ENOENT');
  assert(error.hint?.includes("`deno install`"));
});

/** Random names, many with a meaning for a terminal, Graphviz, Mermaid or XML. */
const name = fc.oneof(
  fc.string({ unit: CHARACTER, maxLength: 30 }),
  fc.array(
    fc.constantFrom(
      '"',
      "\\",
      "<",
      ">",
      "]",
      "[",
      "|",
      "&",
      "&quot;",
      "\n",
      "\u001b[31m",
      "#",
      ";",
      "`",
      "{",
      "}",
      "--",
      "\\N",
      "%%",
      "end",
      "\u202e",
      "a",
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join("")),
);

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** A host with random texts in xenstore. */
async function hostile(texts: readonly string[]): Promise<HostWiring> {
  const [domain, device, state, port] = texts;
  const view = new TestHostView().guest(1, domain);
  view.device(1, `vif/${device.replaceAll("/", "")}`, { "event-channel": port }, { state });
  view.device(1, "vbd/1", { "event-channel": 7 });
  return await lookAtWiring(view, [1]);
}

test("no text from xenstore breaks a line or acts on the terminal", async () => {
  const texts = fc.array(name, { minLength: 4, maxLength: 4 });
  await fc.assert(fc.asyncProperty(texts, async (written) => {
    const wiring = await hostile(written);
    const lines = wiringTree(wiring, { palette: PLAIN });
    for (const line of lines) assert(!CONTROL.test(line) && !line.includes("\n"), JSON.stringify(line));
    const changes = wiring.domains[0].channels.map((channel) => ({ kind: "seen" as const, channel }));
    const told = changeLines({ palette: PLAIN })(0, changes);
    assert(!CONTROL.test(told) && told.split("\n").length === changes.length + 1, JSON.stringify(told));
    assertEquals(wiringLines(wiring).split("\n").length, changes.length + 1);
  }));
});

test("any text from xenstore is only a label to Graphviz: the picture has the same nodes and edges", async () => {
  const texts = fc.array(name, { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(texts, async (written) => {
      const wiring = await hostile(written);
      const channels = wiring.domains.flatMap((domain) => domain.channels).length;
      const svg = await drawSvg([...wiringDot(wiring)].join("\n"));
      assertEquals(svg.match(/<g id="edge\d+"/g)?.length, 2 * channels); // one to its text, one from there
      assertEquals(svg.match(/<g id="clust\d+"/g)?.length, 2);
      assert(!CONTROL.test(svg));
    }),
    { numRuns: 50 },
  );
});

test("no text from xenstore ends a Mermaid label", async () => {
  const texts = fc.array(name, { minLength: 4, maxLength: 4 });
  const label = `"(?:[\\p{L}\\p{N} ./:_()─-]|#\\d+;|<br/>)*"`;
  const statement = new RegExp(
    `^(?:flowchart LR|  subgraph d\\d+ \\[${label}\\]|    d\\d+_\\d+\\[${label}\\](?::::fault)?|  end|` +
      `  d\\d+_\\d+ (?:---|-\\.-)\\|${label}\\| d\\d+_\\d+|  linkStyle [\\d,]+ .*|  classDef fault .*|)$`,
    "u",
  );
  await fc.assert(fc.asyncProperty(texts, async (written) => {
    for (const line of wiringMermaid(await hostile(written))) assert(statement.test(line), line);
  }));
});

test("an end without a state is shown as `no state`", async () => {
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 10 });
  const states = async () => statesText((await lookAtWiring(view, [1])).domains[0].channels[2]);
  view.remove("/local/domain/0/backend/vif/1/0/state");
  const one = await states();
  view.put("/local/domain/0/backend/vif/1/0", { state: "4" });
  view.remove("/local/domain/1/device/vif/0/state");
  const other = await states();
  view.remove("/local/domain/0/backend/vif/1/0/state");
  assertEquals([one, other, await states()], ["Connected/no state", "no state/Connected", "no state"]);
});

test("a flowchart without faults marks nothing", async () => {
  const chart = [...wiringMermaid(await lookAtWiring(new TestHostView().guest(1), []))].join("\n");
  assert(chart.includes("---|") && !chart.includes("linkStyle"), chart);
});

test("half a million channels are drawn without an array of all of them in one call", async () => {
  const { domains: [, domain], names } = await faulty();
  const channels = Array.from({ length: 500_000 }, () => domain.channels[2]);
  let lines = 0;
  for (const _ of wiringTree({ domains: [{ ...domain, channels }], names }, { palette: PLAIN })) lines++;
  assertEquals(lines, 500_003);
});

test("of a device with too many channels the tree, the records and the summary say how many are left out", async () => {
  const ports = Object.fromEntries(Array.from({ length: 8000 }, (_, i) => [`event-channel-${i}`, 9]));
  const wiring = await lookAtWiring(new TestHostView().guest(1).device(1, "9pfs/0", ports), [1]);
  const lines = tree(wiring).split("\n");
  assert(lines.includes("└─ 9pfs/0  Connected  6976 more channels are left out"));
  assertEquals(lines.at(-1), "1026 channels, 1024 faults, 6976 left out");
  const records = wiringLines(wiring).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(records.slice(1, 3).map(({ device, key, cut }) => [device, key, cut]), [
    ["store", "port", undefined],
    ["9pfs/0", "event-channel-0", 6976],
  ]);
  const { claim, port, xen } = wiring.domains[0].channels[2];
  const fine = { claim, port, xen, verdict: "ok" as const };
  assertEquals(
    faultOf({ domains: [{ domain: 1, channels: [fine] }], names: new Map() }),
    "6976 channels are left out: a device has too many",
  );
});

test("of a thousand channels between two ends a picture draws 64, and one that stands for the rest", async () => {
  const ports = Object.fromEntries(Array.from({ length: 980 }, (_, i) => [`event-channel-${i}`, 9]));
  const wiring = await lookAtWiring(new TestHostView().guest(1).device(1, "9pfs/0", ports), [1]);
  const edges = edgeTexts([...wiringDot(wiring, true)]);
  assertEquals(edges.length, 2 + 64 + 1);
  assertEquals(labelOf(edges.at(-1)!), "916 more channels\\n916 shared");
  assertEquals(labelOf(edgeTexts([...wiringDot(wiring)]).at(-1)!), "980 channels\\n980 shared");
});

/** States of which each would be taken for something else, as a guest writes them. */
const FORGED = {
  blanks: `4${" ".repeat(72)}└─ vbd/51712  port 9  ── dom0 port 31  ok${" ".repeat(1900)}`,
  unseen: "Connec\u200bted",
  word: "Connected",
  plane14: "\u{e0043}\u{e006f}",
  nonsense: "4\ufffe\uffff",
};

test("a state that is none is quoted and cut, and forges no row, in the tree, in changes and in pictures", async () => {
  for (const [name, state] of Object.entries(FORGED)) {
    const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 9 }, { state });
    const wiring = await lookAtWiring(view, [1]);
    const lines = tree(wiring).split("\n");
    assert(lines.every((line) => line.length <= 80), `${name}: ${lines.join("\n")}`);
    assert(!lines.some((line) => line.includes("vbd")), name);
    const [, , channel] = wiring.domains[0].channels;
    assertEquals(channel.verdict, "waiting", name);
    const told = changeLines({ palette: PLAIN })(0, [{ kind: "seen", channel }]);
    const svg = await drawSvg([...wiringDot(wiring)].join("\n"));
    const mermaid = [...wiringMermaid(wiring)].join("\n");
    for (const shown of [...lines, told, svg, mermaid]) {
      assert(!/[\p{Cf}\uFFFE\uFFFF]|#(?:8203|91\d{4});/u.test(shown), `${name}: ${shown}`);
    }
    assert(told.length < 400 && told.includes('"'), told);
    const record = JSON.parse(recordLine({ op: "wiring", ...channelRecord(channel) }));
    assertEquals(record.frontend_state, `"${state.slice(0, 100)}"`);
  }
  const view = new TestHostView().guest(1).device(1, "vif/0", { "event-channel": 9 }, { state: FORGED.unseen });
  assertEquals(statesText((await lookAtWiring(view, [1])).domains[0].channels[2]), '"Connec\\u200bted"/Connected');
});

test("names of domains and devices are cut where they could wrap a row", async () => {
  const view = new TestHostView().guest(1, "n".repeat(2000)).device(1, `vif/${"0".repeat(2000)}`, {
    "event-channel": 9,
  });
  const wiring = await lookAtWiring(view, [1]);
  assert(tree(wiring).split("\n").every((line) => line.length < 100), tree(wiring));
  assert([...wiringDot(wiring), ...wiringMermaid(wiring)].every((line) => line.length < 400));
});

test("a domain that could not be read is shown as unknown with the reason, in every form", async () => {
  const view = new TestHostView().guest(1).guest(2);
  const path = "/local/domain/2/device/vif";
  const refusal = new DeviceError("xenstore", "EAGAIN", path, `Cannot list "${path}" in xenstore`);
  view.refuse.read = (asked) => asked === path ? refusal : undefined;
  const wiring = await lookAtWiring(view, []);
  assertEquals(
    tree(wiring).split("\n").slice(-4).join("\n"),
    `└─ store    port 1 ── dom0 port 101  ok
Domain 2
   unknown: Cannot list "/local/domain/2/device/vif" in xenstore: EAGAIN
2 channels, 1 domain unknown`,
  );
  assertEquals(tree(wiring, { faultsOnly: true }).split("\n").length, 3);
  const fault = faultOf(wiring);
  assert(fault instanceof DeviceError, String(fault));
  assertEquals(fault.message, `Cannot see 1 domain: ${refusal.errno}`);
  assert([...wiringDot(wiring)].join("\n").includes("unknown: cannot be read"));
  assert([...wiringMermaid(wiring)].join("\n").includes("unknown: cannot be read"));
  const change = { kind: "unread", domain: 2, error: refusal } as const;
  assertEquals(
    changeLines({ palette: PLAIN })(0, [change]),
    `1970-01-01T00:00:00.000000Z  domain 2  unknown: ${refusal.message}\n`,
  );
  assertEquals(
    JSON.parse(changeLines({ palette: PLAIN, json: true })(0, [change])),
    { event: "wiring", time: "1970-01-01T00:00:00.000000Z", domain: 2, verdict: "unknown", reason: refusal.message },
  );
});

test("a domain that can be read again is told of, also with --quiet", () => {
  const change = { kind: "readable", domain: 2 } as const;
  assertEquals(
    changeLines({ palette: PLAIN, quiet: true })(0, [change]),
    "1970-01-01T00:00:00.000000Z  domain 2  can be read again\n",
  );
  assertEquals(
    changeLines({ palette: PLAIN, json: true })(0, [change]),
    '{"event":"wiring","time":"1970-01-01T00:00:00.000000Z","domain":2,"readable":true}\n',
  );
});

test("of a device whose thousand channels change at once 64 lines are written, and a count; records are all there", async () => {
  const ports = Object.fromEntries(Array.from({ length: 980 }, (_, i) => [`event-channel-${i}`, 9]));
  const wiring = await lookAtWiring(new TestHostView().guest(1).device(1, "9pfs/0", ports), [1]);
  const changes = wiring.domains[0].channels.map((channel) => ({ kind: "seen" as const, channel }));
  const lines = changeLines({ palette: PLAIN })(0, changes).trimEnd().split("\n");
  assertEquals(lines.length, 2 + 64 + 1);
  assertEquals(lines.at(-1), "1970-01-01T00:00:00.000000Z  domain 1  9pfs/0  and 916 more channels");
  assertEquals(changeLines({ palette: PLAIN, json: true })(0, changes).trimEnd().split("\n").length, 982);
});

test("a single channel is told of in the singular, wherever it is counted", async () => {
  const look = (count: number) => {
    const ports = Object.fromEntries(Array.from({ length: count }, (_, i) => [`event-channel-${i}`, 9]));
    return lookAtWiring(new TestHostView().guest(1).device(1, "9pfs/0", ports), [1]);
  };
  const cut = await look(1025);
  assert(tree(cut).includes("9pfs/0  Connected  1 more channel is left out\n"), tree(cut));
  const { claim, port, xen } = cut.domains[0].channels[2];
  const fine = { claim, port, xen, verdict: "ok" as const };
  assertEquals(
    faultOf({ domains: [{ domain: 1, channels: [fine] }], names: new Map() }),
    "1 channel is left out: a device has too many",
  );
  const wrong = { claim: { ...claim, cut: undefined }, port, xen, verdict: "closed" as const };
  assertEquals(
    faultOf({ domains: [{ domain: 1, channels: [wrong] }], names: new Map() }),
    "1 of 1 channel is not as it should be",
  );
  const bundle = await look(65);
  assertEquals(labelOf(edgeTexts([...wiringDot(bundle, true)]).at(-1)!), "1 more channel\\n1 shared");
  const changes = bundle.domains[0].channels.map((channel) => ({ kind: "seen" as const, channel }));
  const lines = changeLines({ palette: PLAIN })(0, changes).trimEnd().split("\n");
  assertEquals(lines.at(-1), "1970-01-01T00:00:00.000000Z  domain 1  9pfs/0  and 1 more channel");
});
