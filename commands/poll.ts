/**
 * `evtchn poll`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { failed, Poll } from "../ffi/syscalls.ts";
import { pollNames } from "../ffi/trace.ts";
import { DeviceError } from "../lib/errors.ts";
import { explain } from "../lib/explain.ts";
import { period } from "./arguments.ts";
import type { Context } from "./context.ts";
import { signalStatus } from "./host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "./options.ts";
import { verb } from "./verb.ts";

/** What may be asked for. POLLERR, POLLHUP and POLLNVAL come unasked. */
const ASKED = {
  in: Poll.IN | Poll.RDNORM,
  out: Poll.OUT | Poll.WRNORM,
  all: Poll.IN | Poll.RDNORM | Poll.OUT | Poll.WRNORM,
} as const;

type Flags = CommonFlags & { readonly timeout?: number; readonly events: keyof typeof ASKED };

/** One poll(2). */
export const command = (brief: string) =>
  buildCommand<Flags, [], Context>({
    docs: {
      brief,
      fullDescription:
        "For those who debug a driver: one poll(2), and the events that came back on one line; an empty " +
        "line if none did. It does not wait unless --timeout says so.",
    },
    parameters: {
      flags: {
        timeout: period("How long to wait for an event [0s]"),
        events: { kind: "enum", values: ["in", "out", "all"], default: "in", brief: "What to ask for" },
        ...COMMON_FLAGS,
      },
      aliases: COMMON_ALIASES,
    },
    func: verb((context, flags) =>
      context.withDevice(flags, async (device) => {
        const { value, signal } = await context.untilSignal(async (abort) =>
          await device.poll(ASKED[flags.events], flags.timeout ?? 0, abort)
        );
        if (signal) return signalStatus(signal);
        if (failed(value)) {
          throw new DeviceError("poll", value, "handle", "Cannot poll the handle", explain("poll", value));
        }
        const revents = pollNames(value);
        context.print(flags, { op: "poll", revents }, revents.join(" "));
      })
    ),
  });
