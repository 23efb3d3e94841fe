/** Changes of the wiring, a line for each. @module */

import type { Change } from "../wiring/follow.ts";
import { isFine, type WiredChannel } from "../wiring/types.ts";
import type { Palette } from "./human.ts";
import { jsonLine } from "./json.ts";
import { oneLine, shortLine } from "./line.ts";
import { utcTime } from "./time.ts";
import { channelRecord, statesText, verdictText, wireEnds } from "./wiring.ts";

export interface ChangeLayout {
  readonly json?: boolean;
  /** Whether to write only channels that are or were faulty. */
  readonly quiet?: boolean;
  readonly palette: Palette;
}

/**
 * @param before The channels that were shown before.
 * @returns Formats changes as whole lines; the time is microseconds since 1970.
 */
export function changeLines(
  { json, quiet, palette }: ChangeLayout,
  before: readonly WiredChannel[] = [],
): (time: number, changes: readonly Change[]) => string {
  const write = json ? changeRecord : (time: string, change: Change) => changeText(time, change, palette) + "\n";
  const faulty = new Set(before.filter(({ verdict }) => !isFine(verdict)).map(nameOf));
  return (time, changes) =>
    changes.filter(({ kind, channel }) => {
      const was = faulty.delete(nameOf(channel));
      const is = kind === "seen" && !isFine(channel.verdict);
      if (is) faulty.add(nameOf(channel));
      return !quiet || is || was;
    }).map((change) => write(utcTime(time), change)).join("");
}

function nameOf({ claim: { domain, device, key } }: WiredChannel): string {
  return `${domain} ${device} ${key}`;
}

function changeRecord(time: string, { kind, channel }: Change): string {
  const { domain, device, key } = channel.claim;
  const record = kind === "removed" ? { domain, device, key, removed: true } : channelRecord(channel);
  return jsonLine({ op: "wiring", time, ...record });
}

function changeText(time: string, { kind, channel }: Change, palette: Palette): string {
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
