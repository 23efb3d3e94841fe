/** Events and VIRQs as text. @module */

import type { PendingEvent } from "../handle/watch.ts";
import type { Domid } from "../types.ts";
import { VIRQS } from "../virq.ts";

/** Colours. */
export interface Palette {
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly warn: (text: string) => string;
}

export const PLAIN: Palette = { dim: (text) => text, strong: (text) => text, warn: (text) => text };

/** An event, without a newline. An empty `time` is left out, and so is an undefined domain. */
export function eventText(event: PendingEvent, time: string, palette: Palette, domain?: Domid): string {
  const words = [`${whose(domain)}port ${event.port}`];
  if (event.channel.kind !== "port") words.push(palette.strong(event.name));
  words.push(palette.dim(`#${event.seq}`));
  if (event.initial) words.push(palette.dim("initial: caused by the bind"));
  if (event.stale) words.push(palette.warn("stale: no longer bound"));
  return (time === "" ? "" : palette.dim(time) + "  ") + words.join("  ");
}

/** An overflow, without a newline; `domain` as in {@linkcode eventText}. */
export function overflowText(time: string, palette: Palette, domain?: Domid): string {
  return (time === "" ? "" : palette.dim(time) + "  ") + whose(domain) +
    palette.warn("overflow: the ring was full and events were lost");
}

/** The domain as a script names whose handle it is. */
function whose(domain: Domid | undefined): string {
  return domain === undefined ? "" : `@${domain} `;
}

/** The table of VIRQs, as lines. */
export function virqTable(palette: Palette): string[] {
  const line = (number: string, name: string, scope: string, owner: string, meaning: string) =>
    [number.padStart(4), name.padEnd(10), scope.padEnd(6), owner.padEnd(11), meaning].join("  ");
  return [
    palette.dim(line("VIRQ", "NAME", "SCOPE", "OWNER", "FIRES WHEN")),
    ...VIRQS.map((virq) => line(String(virq.number), virq.name, virq.scope, virq.owner, virq.meaning)),
  ];
}
