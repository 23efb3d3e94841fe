/**
 * `evtchn bind-interdomain DOM PORT`, or `DOM:PORT`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { parsePeer } from "../lib/parse.ts";
import type { Context } from "../lib/cli/context.ts";
import { bindAndHold, HOLD_FLAG, type HoldFlags } from "../lib/cli/hold.ts";
import { COMMON_ALIASES, COMMON_FLAGS } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

const word = (text: string) => text;

/** Binds to a port that another domain offers, prints the local port, and holds it. */
export const command = (brief: string) =>
  buildCommand<HoldFlags, [string, string?], Context>({
    docs: {
      brief,
      fullDescription: "Binds a new local port to a port that another domain has allocated for this one, prints the " +
        "local port alone on stdout, and holds it until a signal. Binding itself causes one event on the local port.",
    },
    parameters: {
      flags: { ...HOLD_FLAG, ...COMMON_FLAGS },
      aliases: COMMON_ALIASES,
      positional: {
        kind: "tuple",
        parameters: [
          { parse: word, placeholder: "DOM", brief: "The domain that offers the port, or DOM:PORT" },
          { parse: word, placeholder: "PORT", brief: "Its port", optional: true },
        ],
      },
    },
    func: verb((context, flags, domain: string, port?: string) => {
      const channel = parsePeer(domain, port);
      return bindAndHold(
        context,
        flags,
        "bind-interdomain",
        channel,
        (device) => device.bindInterdomain(channel.domain, channel.port),
      );
    }),
  });
