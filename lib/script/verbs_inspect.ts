/**
 * Verbs that look beyond the handle: at Xen's tables and at xenstore.
 *
 * @module
 */

import { askedList } from "../inspect/asked_list.ts";
import { parseDomid } from "../parse.ts";
import { takeOptions } from "./arguments.ts";
import type { Verb } from "./verb.ts";

/** Made here: Deno reads what a literal import names before the program starts, and few scripts list. */
const PORT_LIST = import.meta.resolve("../inspect/port_list.ts");
const RENDER_LIST = import.meta.resolve("../render/list.ts");

/** The verbs of this file. */
export const INSPECT_VERBS: Readonly<Record<string, Verb>> = {
  "list": {
    usage: "list [--all | DOM...]",
    brief: "The ports of domains as Xen has them",
    parse(words) {
      const { options, rest } = takeOptions(words, { boolean: ["all"] });
      const asked = askedList(options.all === true, rest.map(parseDomid));
      return async ({ views }, at) => {
        const [{ listPorts }, { listRecord, listText }]: [
          typeof import("../inspect/port_list.ts"),
          typeof import("../render/list.ts"),
        ] = await Promise.all([import(PORT_LIST), import(RENDER_LIST)]);
        const lists = [];
        for await (const list of listPorts(await views.get(at), asked)) {
          if (list instanceof Error) throw list;
          lists.push(list);
        }
        return { record: listRecord(lists), text: listText(lists) };
      };
    },
  },
};
