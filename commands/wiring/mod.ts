/**
 * `evtchn wiring [DOM...]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../../lib/errors.ts";
import type { HostView } from "../../lib/view/host_view.ts";
import { faultText } from "../../lib/render/wiring.ts";
import type { Domid } from "../../lib/types.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { DOMAIN, period } from "../../lib/cli/arguments.ts";
import type { Context } from "../../lib/cli/context.ts";
import { Status } from "../../lib/cli/failure.ts";
import { signalStatus } from "../../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { verb } from "../../lib/cli/verb.ts";
import { withView } from "../../lib/cli/view.ts";
import { printWiring } from "./output.ts";

const FORMATS = ["tree", "dot", "svg", "mermaid"] as const;

/** The options of `wiring`. */
export type WiringFlags = CommonFlags & {
  readonly format?: typeof FORMATS[number];
  readonly quiet?: boolean;
  readonly watch?: boolean;
  readonly interval?: number;
};

/** Who is wired to whom. */
export const command = (brief: string) =>
  buildCommand<WiringFlags, Domid[], Context>({
    docs: {
      brief,
      fullDescription:
        `For each frontend of a domain: the ports that it wrote to xenstore, what Xen has them as, the ` +
        `backend's ports behind, the states of both ends, and a verdict.
Without DOM: every domain in xenstore from domain 0, elsewhere one's own.

  ok         wired, both ends connected
  idle       unplugged, or bound when it is called for: nothing is amiss
  waiting    an end is not connected yet, or no longer
  unwritten  the frontend has written no port
  invalid    what it has written is no port
  closed     Xen has the port as closed
  unbound    both ends say connected, and nobody is bound to the port
  elsewhere  the port is something else than a channel to this backend
  gone       the domain at the other end, or the frontend's own, is not there
  shared     several devices claim the port
  unknown    Xen could not be asked

Exit status 0 if every channel is ok or idle, else 1. --watch ends by a signal, as \`watch\` does; it looks again when ` +
        `xenstore changes, and with --interval also in between, since Xen tells nobody when a port changes.`,
      customUsage: ["[DOM...]", "--watch [DOM...]", "--format svg [DOM...]"],
    },
    parameters: {
      flags: {
        format: { kind: "enum", values: FORMATS, optional: true, brief: "How to draw it [tree]" },
        quiet: { kind: "boolean", withNegated: false, optional: true, brief: "Print only what is wrong" },
        watch: { kind: "boolean", withNegated: false, optional: true, brief: "Go on, and print what changes" },
        interval: period("With --watch: look again after that time"),
        ...COMMON_FLAGS,
      },
      aliases: { ...COMMON_ALIASES, q: "quiet", w: "watch" },
      positional: { kind: "array", parameter: DOMAIN },
    },
    func: verb((context, flags, ...domains: Domid[]) => {
      refuseContradictions(flags);
      const show = flags.watch ? watchWiring : showWiring;
      return withView(context, flags, (view) => show(context, flags, view, domains));
    }),
  });

function refuseContradictions({ json, format = "tree", quiet, watch, interval }: WiringFlags): void {
  if (json && format !== "tree") {
    throw new UsageError(`Cannot use --json and --format ${format} together: records have one form`);
  }
  if (watch && format !== "tree") {
    throw new UsageError(`Cannot use --watch and --format ${format} together: a picture does not go on`);
  }
  if (quiet && format !== "tree") {
    throw new UsageError(`Cannot use --quiet and --format ${format} together: a picture is of everything`);
  }
  if (interval !== undefined && !watch) throw new UsageError("Cannot use --interval without --watch");
  if (interval === 0) throw new UsageError("Cannot look every 0 ms: expected some time, such as 2s");
}

/** Shows it once. */
async function showWiring(
  context: Context,
  flags: WiringFlags,
  view: HostView,
  domains: readonly Domid[],
): Promise<number> {
  const { value: wiring, signal } = await context.untilSignal(() => lookAtWiring(view, domains));
  if (signal !== undefined) return signalStatus(signal);
  await printWiring(context, flags, wiring);
  return faultText(wiring) === undefined ? Status.OK : Status.REFUSED;
}

/** Shows it, and what changes of it until a signal. */
async function watchWiring(
  context: Context,
  flags: WiringFlags,
  view: HostView,
  domains: readonly Domid[],
): Promise<number> {
  const { followed }: typeof import("./follow.ts") = await import(import.meta.resolve("./follow.ts"));
  return await followed(context, flags, view, domains);
}
