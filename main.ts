#!/usr/bin/env -S deno run -q --no-prompt -R=/,/opt/evtchn,/run,/tmp -W=/run,/tmp,${HOME}/.local/state -N -S=uid --allow-run -E=EVTCHN_*,XDG*,HOME,LC*,LANG,TERM --allow-ffi=/lib/x86_64-linux-gnu/libc.so.6,/lib/aarch64-linux-gnu/libc.so.6,/lib64/libc.so.6
import { VERBS } from "./commands/mod.ts";
import { runCommandLine } from "./lib/cli/command_line.ts";
import { denoHost } from "./lib/host/deno_host.ts";
import { narrowed } from "./lib/host/permissions.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args, narrowed(denoHost()), VERBS));
