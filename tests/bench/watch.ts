/**
 * `evtchn watch --json` into a pipe beside a C program that prints the same lines, in the rig's dom0.
 *
 * @module
 */

import { table } from "./table.ts";
import { compete, program } from "./turns.ts";

const TURNS = 3;
/** Ports of a burst, and bursts a turn. */
const [PORTS, BURSTS] = ["256", "15"];

const results = await compete({
  libxenevtchn: program("watchrate", PORTS, BURSTS, "libxenevtchn", "print"),
  evtchn: program("watchrate", PORTS, BURSTS, "evtchn", "watch", "--json"),
}, TURNS);

table(`A burst of ${PORTS} events as lines in a pipe`, "us an event", [
  { name: "libxenevtchn, C", samples: results.get("libxenevtchn")! },
  { name: "evtchn watch --json", samples: results.get("evtchn")!, against: [["libxenevtchn, C", 1]] },
]);
