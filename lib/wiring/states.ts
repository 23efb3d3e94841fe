/**
 * The states that the two ends of a device walk through (xen/include/public/io/xenbus.h).
 *
 * @module
 */

/** Names by number; 0 is unknown. */
const NAMES = [
  "Unknown",
  "Initialising",
  "InitWait",
  "Initialised",
  "Connected",
  "Closing",
  "Closed",
  "Reconfiguring",
  "Reconfigured",
] as const;

/** A state's name; a text that is no state stands as it is. */
export type XenbusState = string;

/** The name of what a `state` node holds; undefined where there is no such node. */
export function stateName(text: string | undefined): XenbusState | undefined {
  if (text === undefined) return undefined;
  return /^[0-8]$/.test(text) ? NAMES[Number(text)] : text;
}

/** Whether an end says that it works: connected, or about to change while it is. */
export function isConnected(state: XenbusState | undefined): boolean {
  return state === "Connected" || state === "Reconfiguring" || state === "Reconfigured";
}

/** Whether an end says that it has let go, or says nothing because it is not there. */
export function isClosed(state: XenbusState | undefined): boolean {
  return state === undefined || state === "Closed";
}

/** What a `state` node holds for a state. */
export function stateNumber(name: typeof NAMES[number]): number {
  return NAMES.indexOf(name);
}
