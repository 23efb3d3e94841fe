/** Every transcript on the illumos personality: its own version where it differs, else that of Linux. @module */

import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { testTranscripts, transcripts } from "./mod.ts";
import { simulatedShell } from "./simulated_shell.ts";

testTranscripts(
  () => simulatedShell(ILLUMOS_PERSONALITY),
  "transcript on illumos",
  () => true,
  new Map([...transcripts(), ...transcripts("illumos")]),
);
