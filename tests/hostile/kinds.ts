/** The kinds of hostile input, with their parts of a large run. @module */

import { COMMAND_LINES } from "./argv.ts";
import { CLIENTS } from "./client.ts";
import { DUMPS } from "./dump.ts";
import type { Kind } from "./kind.ts";
import { RECORDINGS } from "./recording.ts";
import { SCRIPTS } from "./script.ts";
import { SERVERS } from "./server.ts";
import { SNAPSHOTS } from "./snapshot.ts";
import { STORES } from "./store_kind.ts";

/** A kind, and how many of each hundred inputs are of it. */
interface Part {
  // deno-lint-ignore no-explicit-any -- each kind has inputs of its own
  readonly kind: Kind<any>;
  readonly percent: number;
}

export const PARTS: readonly Part[] = [
  { kind: COMMAND_LINES, percent: 25 },
  { kind: SCRIPTS, percent: 15 },
  { kind: RECORDINGS, percent: 15 },
  { kind: DUMPS, percent: 15 },
  { kind: SNAPSHOTS, percent: 10 },
  { kind: CLIENTS, percent: 8 },
  { kind: SERVERS, percent: 8 },
  { kind: STORES, percent: 4 },
];
