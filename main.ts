#!/usr/bin/env -S deno run --quiet --no-prompt -R -W -N -S=uid --allow-run -E=EVTCHN_DEVICE,EVTCHN_FD,EVTCHN_SESSION,XDG_RUNTIME_DIR,NO_COLOR,TERM,HOME,XDG_STATE_HOME --allow-ffi=/lib/x86_64-linux-gnu/libc.so.6,/lib/aarch64-linux-gnu/libc.so.6,/lib64/libc.so.6
import { VERBS } from "./commands/mod.ts";
import { runCommandLine } from "./lib/cli/command_line.ts";
import { denoHost } from "./lib/host/deno_host.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args, denoHost(), VERBS));
