#!/bin/sh
# What the benchmark runs in the rig's dom0; its output is what the host prints.
# The figures are of an emulated computer: only their ratios mean anything.

ROUNDS=${ROUNDS:-200}
PORTS=${PORTS:-256}
REPS=${REPS:-15}

failed=0
measure() {
	"$@" || { echo "FAILED ($?): $*"; failed=1; }
}

measure libxenevtchn round "$ROUNDS"
measure rawbatch round "$ROUNDS"
measure libxenevtchn burst "$PORTS" "$REPS"
measure rawbatch burst "$PORTS" "$REPS"
measure watchrate "$PORTS" "$REPS" libxenevtchn print
measure watchrate "$PORTS" "$REPS" evtchn watch --json
exit $failed
