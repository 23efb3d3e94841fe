/** The xenbus states of a frontend or a backend (xen/include/public/io/xenbus.h). @module */

/** By number. */
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

/** A state's name, or the text of a `state` node that holds no known state. */
export type XenbusState = string;

/** The state in a `state` node; undefined if the node does not exist. */
export function stateName(text: string | undefined): XenbusState | undefined {
  if (text === undefined) return undefined;
  return /^[0-8]$/.test(text) ? NAMES[Number(text)] : text;
}

/** Whether an end is connected, or changes its configuration while it is. */
export function isConnected(state: XenbusState | undefined): boolean {
  return state === "Connected" || state === "Reconfiguring" || state === "Reconfigured";
}

/** Whether an end is closed, or does not exist. */
export function isClosed(state: XenbusState | undefined): boolean {
  return state === undefined || state === "Closed";
}

/** What a `state` node holds for a state. */
export function stateNumber(name: typeof NAMES[number]): number {
  return NAMES.indexOf(name);
}
