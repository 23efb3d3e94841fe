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

/** The name of a known state. */
export type StateName = typeof NAMES[number];

/** A state's name, or in quotes the text of a `state` node that holds no known state. */
export type XenbusState = string;

/** The state in a `state` node; undefined if the node does not exist. */
export function stateName(text: string | undefined): XenbusState | undefined {
  if (text === undefined) return undefined;
  return /^[0-8]$/.test(text) ? NAMES[Number(text)] : `"${text}"`;
}

/** A state as part of a sentence or a row: a text that is no known state is cut. */
export function shortState(state: XenbusState, cut: (text: string) => string = start): string {
  return state.startsWith('"') ? quoted(state.slice(1, -1), cut) : state;
}

/** The most characters of a text from xenstore that a message shows. */
const SHOWN = 40;

/** The start of a text, and `...` where it goes on. */
export function start(text: string): string {
  if (text.length <= SHOWN) return text;
  const characters = [...text.slice(0, 2 * SHOWN)]; // a copy: a slice would keep the whole text in memory
  return characters.length <= SHOWN && text.length <= 2 * SHOWN ? text : `${characters.slice(0, SHOWN).join("")}...`;
}

export function quoted(text: string, cut: (text: string) => string = start): string {
  const shown = cut(text);
  return shown.endsWith("...") && shown !== text ? `"${shown.slice(0, -3)}"...` : `"${shown}"`;
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
export function stateNumber(name: StateName): number {
  return NAMES.indexOf(name);
}
