/**
 * `evtchn list`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { askedList, listPorts } from "../lib/inspect/list.ts";
import { domainLines, portLines } from "../lib/render/list.ts";
import type { Domid } from "../lib/types.ts";
import { DOMAIN } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { reportFailure, Status } from "../lib/cli/failure.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";
import { withView } from "../lib/cli/view.ts";

type Flags = CommonFlags & { readonly all?: boolean };

/** The ports of domains. */
export const command = (brief: string) =>
  buildCommand<Flags, Domid[], Context>({
    docs: {
      brief,
      fullDescription:
        "Every port of a domain as Xen has it, whoever holds it: its state, its vCPU, what it is bound " +
        "to; with xenstore at hand also the remote domain's name and the device. Without DOM it is one's own domain; " +
        "others are shown to the control domain alone. It asks through /dev/xen/privcmd and changes nothing.",
      customUsage: ["[DOM...]", "--all"],
    },
    parameters: {
      flags: {
        all: {
          kind: "boolean",
          withNegated: false,
          optional: true,
          brief: "Every domain that xenstore knows, or Xen where nobody answers for it",
        },
        ...COMMON_FLAGS,
      },
      aliases: { ...COMMON_ALIASES, a: "all" },
      positional: { kind: "array", parameter: DOMAIN },
    },
    func: verb(async (context, flags, ...domains) => {
      const asked = askedList(flags.all === true, domains);
      return await withView(context, flags, async (view) => {
        const { host, command } = context;
        const palette = await context.palette(flags);
        const several = flags.all || domains.length > 1;
        let status: number = Status.OK;
        let above = "";
        for await (const list of listPorts(view, asked, context.clock)) {
          if (list instanceof Error) {
            status = reportFailure(host, command, flags.json === true, list);
            continue;
          }
          host.stdout.writeSync(flags.json ? portLines("list", list) : above + domainLines(list, several, palette));
          above = "\n";
        }
        return status;
      });
    }),
  });
