/**
 * The transcripts on the real driver. The simulator runs the same files: `tests/transcripts/simulator_test.ts`.
 *
 * All of them run in this process; one runs once more in the system's shell, where each command is a process that
 * inherits the shell's descriptors. EVTCHN_TEST_SHELL=sh runs all of them there.
 */
import { deviceShells } from "../transcripts/device_shell.ts";
import { testTranscripts } from "../transcripts/mod.ts";
import { systemShell } from "../transcripts/sh.ts";

const device = Deno.env.get("EVTCHN_TEST_DEVICE") ?? "/dev/xen/evtchn";
const allInShell = Deno.env.get("EVTCHN_TEST_SHELL") === "sh";

testTranscripts(deviceShells(device));
testTranscripts(() => systemShell(device), "transcript in sh", (file) => allInShell || file === "virq_freed.txt");
