/**
 * `deno task demo`: the main job, with a guest and a backend on one simulated host.
 *
 * What is printed after a `$` is run as it stands, by the code that runs it on a real host; only the kernels of the
 * two domains are simulated.
 *
 * @module
 */

import { denoHost } from "../../lib/host/deno_host.ts";
import type { Host } from "../../lib/host/host.ts";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { LINUX } from "../../ffi/abi.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { createWorld } from "../support/simulated.ts";

const GUEST = 1;
const BACKEND = 0;

/** How often the guest notifies. The bind itself causes one event more. */
const NOTIFICATIONS = 3;

if (import.meta.main) Deno.exit(await demo());

async function demo(): Promise<number> {
  const host = denoHost();
  const say = (text: string) => host.stdout.writeSync(text + "\n");
  const world = createWorld();
  const guest = LocalDevice.open(LINUX.devicePath, { syscalls: world.process(GUEST), abi: LINUX });

  say("A simulated Xen host. Domain 0 is the backend, domain 1 a guest.\n");
  say(`The guest offers a port to the backend:\n(domain 1) $ evtchn alloc-unbound ${BACKEND}`);
  const offered = guest.allocUnbound(BACKEND);
  say(`${offered}\n`);

  say("The backend binds it and watches. Binding itself causes the first event; the guest's follow:");
  const words = ["watch", `${GUEST}:${offered}`, "--banner", "-n", String(NOTIFICATIONS + 1)];
  say(`(domain 0) $ evtchn ${words.join(" ")}`);
  const notify = () => guest.notify(offered);
  const status = await runCommandLine(words, backend(host, world.process(BACKEND), notify), VERBS);

  guest.close();
  say("\nBoth handles are closed now, and with them both ports: a port dies with the handle that bound it.");
  return status;
}

/** The backend's world outside: its kernel is simulated, and each line that it prints makes the guest notify. */
function backend(
  host: Host,
  syscalls: ReturnType<ReturnType<typeof createWorld>["process"]>,
  notify: () => void,
): Host {
  let left = NOTIFICATIONS;
  return {
    ...host,
    kernel: () => Promise.resolve({ syscalls, abi: LINUX }),
    stdout: {
      terminal: host.stdout.terminal,
      writeSync: (text) => host.stdout.writeSync(text),
      async write(text) {
        await host.stdout.write(text);
        if (left-- > 0) setTimeout(notify, 100); // so that a person sees them arrive
      },
    },
  };
}
