/**
 * Every transcript on the illumos personality: those in which illumos differs as its folder has them, and all others
 * as they are on Linux.
 */
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { testTranscripts, transcripts } from "./mod.ts";
import { simulatedShell } from "./simulated_shell.ts";

testTranscripts(
  () => simulatedShell(ILLUMOS_PERSONALITY),
  "transcript on illumos",
  () => true,
  new Map([...transcripts(), ...transcripts("illumos")]),
);
