/**
 * `evtchn decode [FILE|-]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { parseDump } from "../lib/decode/dump.ts";
import { findStuck } from "../lib/decode/stuck.ts";
import { decodeLines, decodeNotes, decodeRecords } from "../lib/render/decode.ts";
import { recordLine } from "../lib/render/json.ts";
import type { Context } from "../lib/cli/context.ts";
import { signalStatus } from "../lib/host/host.ts";
import { readInput } from "../lib/cli/input.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** Reads a dump of event channels. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [string?], Context>({
    docs: {
      brief,
      fullDescription: "Turns what `xl debug-keys e` left in the hypervisor's console ring into the table and the " +
        "records that `list` prints, with the pending and the mask bit of each port, which no hypercall tells, and " +
        "names what looks stuck. Any console's output will do: lines of other things are passed over. It asks no " +
        "kernel: a dump may be another machine's. In dom0: xl debug-keys e; xl dmesg | evtchn decode",
      customUsage: ["[FILE]"],
    },
    parameters: {
      flags: COMMON_FLAGS,
      aliases: COMMON_ALIASES,
      positional: {
        kind: "tuple",
        parameters: [{
          parse: (text: string) => text,
          placeholder: "FILE",
          brief: "The console's output; - or none is standard input",
          optional: true,
        }],
      },
    },
    func: verb(async (context, flags, file = "-") => {
      const { signal } = await context.untilSignal(async (abort) => {
        // Xen's console is a ring of bytes: it may begin within a character, and guests write to it what they like.
        const input = await readInput(context, file, abort, true);
        if (input === undefined) return;
        const dump = parseDump(input.text);
        const findings = findStuck(dump);
        for (const note of decodeNotes(dump)) context.say(`decode: ${note}`);
        const palette = await context.palette(flags);
        const text = flags.json
          ? decodeRecords(dump, findings).map(recordLine).join("")
          : dump.domains.map((domain) => decodeLines(domain, findings, palette).join("\n") + "\n").join("\n");
        context.host.stdout.writeSync(text);
      });
      if (signal) return signalStatus(signal);
    }),
  });
