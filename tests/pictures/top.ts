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

const SIZE = { columns: 88, rows: 13 };

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

/** Draws the picture. */
export async function drawTop(): Promise<string> {
  const host = new TestHost();
  host.stdout.terminal = true;
  Object.assign(host.screen, SIZE);
  const guests = GUESTS.map(({ domain, rate }) => {
    const device = new Device(host.world.process(domain));
    return { device, port: device.allocUnbound(0), name: domain, rate };
  });
  const channels = guests.map(({ name, port }) => `${name}:${port}`);
  const ended = host.start(["--simulator", "--color", "always", "top", ...channels, "virq:tbuf"]);
  await host.screen.until(/q quit/);
  await settle(); // until the table sleeps
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
