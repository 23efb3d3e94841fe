#!/usr/bin/env -S deno run --quiet --no-prompt -R -W -N -S=uid --allow-run -E=EVTCHN_*,XDG_*,HOME,NO_COLOR,TERM --allow-ffi=/lib/x86_64-linux-gnu/libc.so.6,/lib/aarch64-linux-gnu/libc.so.6,/lib64/libc.so.6
import { VERBS } from "./commands/mod.ts";
import { runCommandLine } from "./lib/cli/command_line.ts";
import { denoHost } from "./lib/host/deno_host.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args, denoHost(), VERBS));
