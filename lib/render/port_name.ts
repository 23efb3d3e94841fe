/** Whose a port is, as text and as members of a record. @module */

import type { ListedPort } from "../inspect/list.ts";
import { channelPart, deviceText } from "./device.ts";
import { shortLine } from "./line.ts";
import { claimFields } from "./list.ts";

/** Members of a record; those that are not known are left out. */
export interface PortNameFields {
  readonly remote_name?: string;
  readonly device?: string;
  readonly device_name?: string;
  readonly device_domain?: number;
  readonly key?: string;
}

/** @param entry Undefined: nothing is known. */
export function portNameFields(entry: ListedPort | undefined): PortNameFields {
  if (entry === undefined) return {};
  const claim = entry.claims?.[0];
  const remote = "remoteName" in entry && entry.remoteName !== undefined ? { remote_name: entry.remoteName } : {};
  return { ...remote, ...claim === undefined ? {} : claimFields(claim) };
}

/**
 * The name of the domain at the other end, the device, and which of its channels, as in `web vif/0 tx`.
 *
 * @param longest The most columns of each name, which a guest can choose.
 * @returns Empty if nothing of it is known.
 */
export function portNameText({ remote_name, device, key = "" }: PortNameFields, longest?: number): string {
  return [
    remote_name === undefined ? "" : shortLine(remote_name, longest),
    device === undefined ? "" : deviceText(device, longest),
    channelPart(key),
  ].filter((word) => word !== "").join(" ");
}
