/** The transcripts on the simulator. The real driver runs the same files: `tests/xen/transcripts_test.ts`. */
import { testTranscripts } from "./mod.ts";
import { simulatedShell } from "./simulated_shell.ts";

testTranscripts(simulatedShell);
