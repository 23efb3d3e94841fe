/** Changes of the wiring, a line for each. @module */

import { diskName } from "../wiring/disks.ts";
import type { Change } from "../wiring/follow.ts";
import type { StepChange } from "../wiring/steps.ts";
import { handshakeOf, isFine, type WiredChannel } from "../wiring/types.ts";
import type { WiringEvent } from "../records.ts";
import { counted } from "./count.ts";
import { deviceText } from "./device.ts";
import { handshakeFields, handshakeText, waitText } from "./handshake.ts";
import type { Palette } from "./human.ts";
import { jsonLine } from "./json.ts";
import { oneLine } from "./line.ts";
import { utcTime } from "./time.ts";
import { channelRecord, statesText, unreadRecord, verdictText, wireEnds } from "./wiring.ts";

export interface ChangeLayout {
  readonly json?: boolean;
  /** Whether to write only channels that are or were faulty. */
  readonly quiet?: boolean;
  readonly palette: Palette;
  /** The line of the script. */
  readonly line?: number;
}

/**
 * @param before The channels that were shown before.
 * @returns Formats changes as whole lines; the time is microseconds since 1970.
 */
export function changeLines(
  { json, quiet, palette, line }: ChangeLayout,
  before: readonly WiredChannel[] = [],
): (time: number, changes: readonly Change[]) => string {
  const write = json
    ? (time: string, changes: readonly Change[]) =>
      changes.map((change) => jsonLine({ ...changeRecord(time, change), line }))
    : (time: string, changes: readonly Change[]) => changeTexts(time, changes, palette);
  const faulty = new Set(before.filter(({ verdict }) => !isFine(verdict)).map(nameOf));
  return (time, changes) => {
    const shown = changes.filter((change) => {
      if ("domain" in change) return true;
      const { kind, channel } = change;
      if (kind === "step") return true;
      const was = faulty.delete(nameOf(channel));
      const is = kind === "seen" && !isFine(channel.verdict);
      if (is) faulty.add(nameOf(channel));
      return !quiet || is || was;
    });
    return write(utcTime(time), shown).join("");
  };
}

/** The most lines for one device at a time: a guest can change a thousand channels by one node. */
const MOST_LINES = 64;

function changeTexts(time: string, changes: readonly Change[], palette: Palette): string[] {
  const devices = Map.groupBy(changes, (change) => {
    return "domain" in change ? `${change.domain}` : `${change.channel.claim.domain} ${change.channel.claim.device}`;
  });
  return [...devices.values()].flatMap((ofDevice) => {
    const lines = ofDevice.slice(0, MOST_LINES).map((change) => changeText(time, change, palette) + "\n");
    const [first] = ofDevice;
    if ("domain" in first || ofDevice.length <= MOST_LINES) return lines;
    const { domain, device } = first.channel.claim;
    const words = [palette.dim(time), palette.strong(`domain ${domain}`), deviceText(device)];
    return [...lines, `${words.join("  ")}  and ${counted(ofDevice.length - MOST_LINES, "more channel")}\n`];
  });
}

function nameOf({ claim: { domain, device, key } }: WiredChannel): string {
  return `${domain} ${device} ${key}`;
}

function changeRecord(time: string, change: Change): WiringEvent {
  if (change.kind === "unread") return { event: "wiring", time, ...unreadRecord(change.domain, change.error) };
  if (change.kind === "readable") return { event: "wiring", time, domain: change.domain, readable: true };
  const { kind, channel } = change;
  const { domain, device, key } = channel.claim;
  if (change.kind === "step") return { event: "wiring", time, ...stepRecord(change) };
  return kind === "removed"
    ? { event: "wiring", time, domain, device, key, removed: true }
    : { event: "wiring", time, ...channelRecord(channel) };
}

/** The record of a device's step, without its `event` and time. */
function stepRecord({ channel, milliseconds }: StepChange) {
  const { domain, device, frontendState, backendState } = channel.claim;
  return {
    domain,
    device,
    device_name: diskName(device),
    frontend_state: frontendState,
    backend_state: backendState,
    duration_us: milliseconds === undefined ? undefined : Math.round(milliseconds * 1000),
    ...handshakeFields(handshakeOf(channel)),
  };
}

/** As in `vif/0  Connected/InitWait after 12 s in Initialising/InitWait: the backend owes the step to Connected`. */
function stepText(time: string, { channel, before, milliseconds }: StepChange, palette: Palette): string {
  const { domain, device } = channel.claim;
  const handshake = handshakeOf(channel);
  const seconds = milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000);
  const spent = before === undefined ? "" : ` after ${seconds} s in ${statesText(before)}`;
  const waits = before === undefined && milliseconds !== undefined ? [waitText(device, milliseconds)] : [];
  const owes = handshake === undefined ? [] : [handshakeText(device, handshake)];
  const news = [...owes, ...waits].join("; ");
  const states = palette.dim(`${statesText(channel)}${spent}`);
  const words = [palette.dim(time), palette.strong(`domain ${domain}`), deviceText(device), states].join("  ");
  return news === "" ? words : `${words}: ${palette.warn(news)}`;
}

function changeText(time: string, change: Change, palette: Palette): string {
  if ("domain" in change) {
    const news = change.kind === "unread"
      ? palette.warn(oneLine(`unknown: ${change.error.message}`))
      : "can be read again";
    return [palette.dim(time), palette.strong(`domain ${change.domain}`), news].join("  ");
  }
  if (change.kind === "step") return stepText(time, change, palette);
  const { kind, channel } = change;
  const { claim, verdict, reason } = channel;
  const words = [
    palette.dim(time),
    palette.strong(`domain ${claim.domain}`),
    `${deviceText(claim.device)} ${claim.key}`,
  ];
  if (kind === "removed") return [...words, palette.dim("removed")].join("  ");
  const states = statesText(channel);
  words.push(wireEnds(channel).join(""), ...states === "" ? [] : [palette.dim(states)], verdictText(channel, palette));
  const line = words.join("  ");
  return reason === undefined || isFine(verdict) ? line : `${line}: ${palette.warn(oneLine(reason))}`;
}
