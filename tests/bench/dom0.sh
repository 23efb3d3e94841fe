#!/bin/sh
# What the benchmark runs in the rig's dom0; its output is what the host prints.
# The figures are of an emulated computer: only their ratios mean anything.

failed=0
bench() {
	"$@" || { echo "FAILED ($?): $*"; failed=1; }
}

bench deno run --allow-all --cached-only tests/bench/device.ts
bench deno run --allow-all --cached-only tests/bench/watch.ts
exit $failed
