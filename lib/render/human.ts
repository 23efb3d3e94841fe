/** Events as text. @module */

import type { PendingEvent } from "../handle/watch.ts";
import type { Domid } from "../types.ts";

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
