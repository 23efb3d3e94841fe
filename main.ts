#!/usr/bin/env -S deno run --quiet --allow-ffi --allow-run --allow-env=EVTCHN_DEVICE,EVTCHN_FD,NO_COLOR,TERM
import { denoHost } from "./commands/deno_host.ts";
import { runCommandLine } from "./commands/run.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args, denoHost()));
