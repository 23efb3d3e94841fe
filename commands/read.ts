/**
 * `evtchn read [BYTES]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { PAGE_BYTES } from "../ffi/abi.ts";
import { parseCount } from "../lib/parse.ts";
import { readPorts } from "../lib/handle/raw.ts";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** One raw read(2). */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [number?], Context>({
    docs: {
      brief,
      fullDescription: "For those who debug a driver: one read(2), and the ports that it gave, one a line. It never " +
        "waits, and unmasks nothing. The size is rounded down to whole ports by the driver, to a page at the most.",
    },
    parameters: {
      flags: COMMON_FLAGS,
      aliases: COMMON_ALIASES,
      positional: {
        kind: "tuple",
        parameters: [{
          parse: (text: string) => parseCount(text, 0),
          placeholder: "BYTES",
          brief: `The size of the read [${PAGE_BYTES}]`,
          optional: true,
        }],
      },
    },
    func: verb((context, flags, bytes = PAGE_BYTES) =>
      context.withDevice(flags, async (device) => {
        const ports = await readPorts(device, bytes);
        const text = ports.length === 0 ? undefined : ports.join("\n");
        context.print(flags, { op: "read", ports }, text);
      })
    ),
  });
