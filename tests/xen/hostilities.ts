/**
 * What the rig's guest writes to xenstore when it is hostile. Of what the wiring looks at, libxl gives a guest only the
 * folders of its devices.
 *
 * @module
 */

import { type Asker, until } from "../support/store_quotas.ts";

/** A state with as many blanks, zero-width and direction marks as make some two thousand bytes. */
export const STATE = ` 4${" \u200B\u202E".repeat(280)}`;

const VIF = "device/vif/0";
const VBD = "device/vbd/51712";

/** A queue that the driver has not: it has two. */
const queueOf = (device: string, index: number) => `${device}/queue-${100 + index}`;

export const HOSTILITIES = {
  /** Claims the console's port with as many keys of the two devices as the guest's quota allows. */
  async claims(ask: Asker) {
    const port = await ask.text("console/port");
    const claim = (device: string, keys: readonly string[]) =>
      until((i) =>
        ask.write(`${queueOf(device, Math.floor(i / keys.length))}/event-channel${keys[i % keys.length]}`, port)
      );
    return { port: Number(port), claims: [await claim(VIF, ["", "-tx", "-rx"]), await claim(VBD, [""])] };
  },

  /** Takes them back. */
  async unclaim(ask: Asker) {
    for (const device of [VIF, VBD]) {
      await Promise.all(Array.from({ length: 300 }, (_, i) => ask.remove(queueOf(device, i))));
    }
  },

  /** Names the network card's backend as the disk's, and gives the network card a state that is none. */
  async lies(ask: Asker) {
    return [
      await ask.write(`${VBD}/backend`, `/local/domain/0/backend/vif/${await ask.text("domid")}/0`),
      await ask.write(`${VIF}/state`, STATE),
    ];
  },

  /** Writes where other domains' nodes are, and where the toolstack alone may write. */
  async trespasses(ask: Asker) {
    const domain = Number(await ask.text("domid"));
    const paths = [
      ...["/local/domain/0/device/vif/0/event-channel", `/local/domain/${domain + 1}/device/vif/0/event-channel`],
      ...[
        `/local/domain/0/backend/vif/${domain}/0/state`,
        "/local/domain/0/name",
        "name",
        "console/port",
        "store/port",
      ],
      ...["backend/vif/0/0/state", "device/vif/1/event-channel", "/x"],
    ];
    return [...new Set(await Promise.all(paths.map((path) => ask.write(path, "1"))))];
  },

  /** Gives a node of its own ever more permissions. */
  async permits(ask: Asker) {
    const domain = await ask.text("domid");
    await ask.write("data/p");
    const answers: string[] = [];
    for (const count of [1, 5, 6]) answers.push(await ask.permit("data/p", domain, count));
    await ask.remove("data/p");
    return answers;
  },
} as const;
