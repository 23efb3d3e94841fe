/**
 * What the rig's guest writes to xenstore when it is hostile. Of what the wiring looks at, libxl gives a guest only the
 * folders of its devices.
 *
 * @module
 */

import type { Asker } from "../support/store_quotas.ts";

/** A state with as many blanks, zero-width and direction marks as make some two thousand bytes. */
export const STATE = ` 4${" \u200B\u202E".repeat(280)}`;

const VIF = "device/vif/0";
const VBD = "device/vbd/51712";

export const HOSTILITIES = {
  /** Claims the console's port with as many keys of the two devices as the guest's quota allows. */
  async claims(ask: Asker) {
    const port = await ask.text("console/port");
    let claims = 0;
    const ends: string[] = [];
    for (const [device, keys] of [[VIF, ["", "-tx", "-rx"]], [VBD, [""]]] as const) {
      for (let i = 0;; i++) {
        const answer = await ask.write(
          `${device}/queue-${100 + Math.floor(i / keys.length)}/event-channel${keys[i % keys.length]}`,
          port,
        );
        if (answer !== "ok") {
          ends.push(answer);
          break;
        }
        claims++;
      }
    }
    return { claims, ends };
  },

  /** Takes them back. */
  async unclaim(ask: Asker) {
    for (const device of [VIF, VBD]) for (let i = 100; i < 500; i++) await ask.remove(`${device}/queue-${i}`);
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
