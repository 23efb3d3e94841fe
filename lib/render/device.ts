/** Devices and their channels as people know them. @module */

import { diskName } from "../wiring/disks.ts";
import { shortLine } from "./line.ts";

/**
 * A device, as in `vif/0`, or `vbd/51712 (xvda)` for a disk.
 *
 * @param longest The most columns of its name, which a guest can choose.
 */
export function deviceText(device: string, longest?: number): string {
  const disk = diskName(device);
  return shortLine(device, longest) + (disk === undefined ? "" : ` (${disk})`);
}

/**
 * What tells a channel from the others of its device, as in `q1 tx`; empty for the only one.
 *
 * @param key Its key below the device, as `queue-1/event-channel-tx`.
 */
export function channelPart(key: string): string {
  const parts = key.split("/");
  const last = parts.pop()!;
  const [, before = "", after = ""] = /^(?:(req|evt)-)?event-channel(?:-(.+))?$/.exec(last) ?? [];
  const numbers = parts.map((part) => part.replace(/^queue-/, "q")).join("/");
  return [numbers, before, /^[0-9]/.test(after) ? `ring ${after}` : after].filter((word) => word !== "").join(" ");
}
