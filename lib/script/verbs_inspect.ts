/**
 * Verbs that look beyond the handle: at Xen's tables and at xenstore.
 *
 * @module
 */

import { askedList } from "../inspect/list.ts";
import { parseAsked, parseDomid } from "../parse.ts";
import { plain, takeOptions } from "./arguments.ts";
import type { Verb } from "./verb.ts";

/** Made here: Deno reads what a literal import names before the program starts, and few scripts list. */
const PORT_LIST = import.meta.resolve("../inspect/list.ts");
const RENDER_LIST = import.meta.resolve("../render/list.ts");
const WHY = import.meta.resolve("../inspect/why.ts");
const RENDER_WHY = import.meta.resolve("../render/why.ts");

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
          typeof import("../inspect/list.ts"),
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
  "why": {
    usage: "why CHANNEL",
    brief: "Why a channel cannot be bound, or what a port is; fails where something refuses",
    parse(words) {
      const channel = parseAsked(plain(words, ["CHANNEL"])[0]);
      return async ({ handles, views }, at) => {
        const [{ why }, { whyRecord, whyText }]: [
          typeof import("../inspect/why.ts"),
          typeof import("../render/why.ts"),
        ] = await Promise.all([import(WHY), import(RENDER_WHY)]);
        const answer = await why(await handles.get(at), channel, await views.get(at));
        const fault = answer.result === "ok" ? undefined : `${answer.channel}: ${answer.result}`;
        return { record: whyRecord(answer), text: whyText(answer), fault };
      };
    },
  },
};
