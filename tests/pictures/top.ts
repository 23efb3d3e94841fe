/**
 * The picture of `evtchn top`: a simulated host whose guests notify it, seen through the fake terminal.
 *
 * @module
 */

import { TestHost } from "../support/test_host.ts";
import { Device, settle } from "../support/simulated.ts";
import { screenSvg } from "./screen.ts";

/** Where the picture is. */
export const TOP_PICTURE: URL = new URL("../../docs/top.svg", import.meta.url);

const SIZE = { columns: 100, rows: 13 };

/** How many intervals have gone by. */
const LOOKS = 36;

/** What the guests do: how often each notifies in an interval. */
const GUESTS: readonly { readonly domain: number; readonly rate: (look: number) => number }[] = [
  { domain: 1, rate: (look) => Math.round(60 + 50 * Math.sin(look / 3)) },
  { domain: 1, rate: (look) => look % 6 === 0 ? 90 : 6 },
  { domain: 2, rate: (look) => Math.max(0, 3 * look - 40) },
  { domain: 2, rate: (look) => look < 20 ? 45 : 0 }, // stalled
  { domain: 3, rate: () => 12 },
  { domain: 3, rate: (look) => (look * 7) % 11 },
  { domain: 5, rate: () => 0 }, // never came up
];

const NAMES: readonly (readonly [domain: number, name: string])[] = [[1, "web"], [2, "mail"], [3, "disks"], [
  5,
  "test",
]];

/** Which guests are the transmit and receive channels of network cards, and of a disk. */
const CLAIMS: readonly { readonly node: string; readonly guest: number }[] = [
  { node: "vif/0/event-channel-tx", guest: 0 },
  { node: "vif/0/event-channel-rx", guest: 1 },
  { node: "vif/0/event-channel-tx", guest: 2 },
  { node: "vif/0/event-channel-rx", guest: 3 },
  { node: "vbd/51712/event-channel", guest: 4 },
];

/** Draws the picture. */
export async function drawTop(): Promise<string> {
  const host = new TestHost();
  host.stdout.terminal = true;
  Object.assign(host.screen, SIZE);
  const guests = GUESTS.map(({ domain, rate }) => {
    const device = new Device(host.world.process(domain));
    return { device, port: device.allocUnbound(0), name: domain, rate };
  });
  for (const [domain, name] of NAMES) host.world.writeStore(domain, "name", name);
  for (const { node, guest } of CLAIMS) {
    const { name, port } = guests[guest];
    host.world.writeStore(name, `device/${node}`, String(port));
    host.world.writeStore(name, `device/${node.split("/").slice(0, 2).join("/")}/state`, "4");
  }
  const channels = guests.map(({ name, port }) => `${name}:${port}`);
  const ended = host.start(["--simulator", "--color", "always", "top", ...channels, "virq:tbuf"]);
  await host.screen.until(/q quit/);
  await settle(); // until the table sleeps
  // Names come when they are known. The intervals until then are older than those that fit the picture.
  while (!/mail/.test(host.screen.frame.join())) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    host.clock.advance(1000);
    await settle();
  }
  for (let look = 1; look <= LOOKS; look++) {
    host.clock.advance(700);
    for (const { device, port, rate } of guests) {
      for (let left = rate(look); left > 0; left--) {
        device.notify(port);
        await settle();
      }
    }
    host.clock.advance(300);
    await settle();
  }
  const frame = host.screen.frame;
  host.screen.type("q");
  await ended;
  return screenSvg("evtchn top", frame, SIZE.columns);
}

if (import.meta.main) Deno.writeTextFileSync(TOP_PICTURE, await drawTop());
