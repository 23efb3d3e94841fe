/** Prints whether this process ignores SIGHUP: a program, since a test cannot change that for itself. @module */

import { libcSyscalls } from "../../ffi/libc.ts";

Deno.stdout.writeSync(new TextEncoder().encode(`${libcSyscalls().ignores(1)}\n`));
