/**
 * The command tree.
 *
 * @module
 */

import { buildRouteMap } from "@stricli/core";
import { allocUnbound } from "./alloc_unbound.ts";
import { bindInterdomain } from "./bind_interdomain.ts";
import { bindVirq } from "./bind_virq.ts";
import type { Context } from "./context.ts";
import { notify } from "./notify.ts";
import { poll } from "./poll.ts";
import { read } from "./read.ts";
import { reset } from "./reset.ts";
import { restrict } from "./restrict.ts";
import { unbind } from "./unbind.ts";
import { unmask } from "./unmask.ts";
import { virqs } from "./virqs.ts";
import { watch } from "./watch.ts";

const ROUTES = {
  "bind-virq": bindVirq,
  "bind-interdomain": bindInterdomain,
  "alloc-unbound": allocUnbound,
  unbind,
  notify,
  unmask,
  watch,
  reset,
  restrict,
  read,
  poll,
  virqs,
};

/** Every command by its name. */
export const COMMANDS = buildRouteMap<keyof typeof ROUTES, Context>({
  routes: ROUTES,
  docs: {
    brief: "Xen event channels from the command line",
    fullDescription: "Binds, notifies and watches Xen event channels through /dev/xen/evtchn, or on a simulator " +
      "(--simulator). A port belongs to the handle that bound it and dies with it.\n\n" +
      "Common options, before or after a command: --device WHERE, --simulator, --fd N, --as DOMID, --json, --trace, " +
      "--color WHEN. Exit status: 0 done, 1 refused, 2 usage, 124 time ran out, 128+n signal n.",
  },
});
