/**
 * Prints which signals this process ignores, before and after a listener for another one, from its mask in proc(5): a
 * program, since a test cannot change that for itself. @module
 */

import { keepIgnored } from "../../ffi/ignored.ts";

function ignored(): number {
  const [, mask] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))!;
  return Number(BigInt(`0x${mask}`) & 0x4003n); // SIGHUP, SIGINT, SIGTERM
}

const before = ignored();
const known = keepIgnored([1, 2, 15], () => Deno.addSignalListener("SIGUSR1", () => {}));
Deno.addSignalListener("SIGTERM", () => {});
Deno.stdout.writeSync(new TextEncoder().encode(`${known} ${ignored() === before}\n`));
Deno.exit();
