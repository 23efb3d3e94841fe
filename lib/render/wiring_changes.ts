/** Changes of the wiring, a line for each. @module */

import type { Change } from "../wiring/follow.ts";
import { isFine, type WiredChannel } from "../wiring/types.ts";
import { counted } from "./count.ts";
import type { WiringEvent } from "../records.ts";
import type { Palette } from "./human.ts";
import { jsonLine } from "./json.ts";
import { oneLine, shortLine } from "./line.ts";
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
    const words = [palette.dim(time), palette.strong(`domain ${domain}`), shortLine(device)];
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
  return kind === "removed"
    ? { event: "wiring", time, domain, device, key, removed: true }
    : { event: "wiring", time, ...channelRecord(channel) };
}

function changeText(time: string, change: Change, palette: Palette): string {
  if ("domain" in change) {
    const news = change.kind === "unread"
      ? palette.warn(oneLine(`unknown: ${change.error.message}`))
      : "can be read again";
    return [palette.dim(time), palette.strong(`domain ${change.domain}`), news].join("  ");
  }
  const { kind, channel } = change;
  const { claim, verdict, reason } = channel;
  const words = [
    palette.dim(time),
    palette.strong(`domain ${claim.domain}`),
    `${shortLine(claim.device)} ${claim.key}`,
  ];
  if (kind === "removed") return [...words, palette.dim("removed")].join("  ");
  const states = statesText(channel);
  words.push(wireEnds(channel).join(""), ...states === "" ? [] : [palette.dim(states)], verdictText(channel, palette));
  const line = words.join("  ");
  return reason === undefined || isFine(verdict) ? line : `${line}: ${palette.warn(oneLine(reason))}`;
}
