/** The shell of transcripts on a simulated host. @module */

import type { Clock } from "../../lib/clock.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux/personality.ts";
import { CommandShell } from "./command_shell.ts";
import type { Shell } from "./transcript.ts";
import { createWorld } from "../support/simulated.ts";

/** A shell in domain 0 of a new simulated host. */
export function simulatedShell(personality: Personality = LINUX_PERSONALITY): Shell {
  const clock = instantClock();
  const world = createWorld({ clock, personality });
  return new CommandShell({
    syscalls: world.process(0),
    clock,
    device: personality.abi.devicePath,
    abi: personality.abi,
  });
}

/** A clock whose sleeps take no real time: only the running command acts, so it can only wait for the timeout. */
function instantClock(): Clock {
  let micros = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;
  return {
    now: () => micros,
    monotonic: () => micros / 1000,
    async sleep(milliseconds, signal) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal?.aborted) return false;
      if (milliseconds === Infinity) throw new RangeError("This command would wait for ever");
      micros += Math.round(milliseconds * 1000);
      return true;
    },
  };
}
