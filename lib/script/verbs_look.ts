/**
 * Verbs that look at a handle.
 *
 * @module
 */

import { PAGE_BYTES } from "../../ffi/abi.ts";
import { after } from "../awaitable.ts";
import { UsageError } from "../errors.ts";
import { parseCount, parsePeriod } from "../parse.ts";
import { POLL_EVENTS, type PollChoice, pollHandle, readPorts } from "../handle/raw.ts";
import { PLAIN, virqTable } from "../render/human.ts";
import { statusTable } from "../render/status.ts";
import { VIRQS } from "../virq.ts";
import { expectWords, plain, takeOptions, valueOf } from "./arguments.ts";
import { onHandle, type Verb } from "./verb.ts";

/** The verbs of this file. */
export const LOOK_VERBS: Readonly<Record<string, Verb>> = {
  "read": {
    usage: "read [BYTES]",
    brief: "One raw read(2) that does not wait and does not unmask",
    ports: true,
    parse(words) {
      const [text] = plain(words, ["BYTES"], 0);
      const bytes = text === undefined ? PAGE_BYTES : parseCount(text, 0);
      return onHandle(async (handle) => {
        const ports = await readPorts(handle, bytes);
        return { record: { op: "read", ports }, text: ports.length === 0 ? undefined : ports.join("\n"), ports };
      });
    },
  },
  "poll": {
    usage: "poll [--timeout P] [--events in|out|all]",
    brief: "One poll(2)",
    parse(words) {
      const { options, rest } = takeOptions(words, { string: ["timeout", "events"] });
      expectWords(rest, []);
      const timeout = valueOf(options.timeout, parsePeriod) ?? 0;
      const choice = valueOf(options.events, parseChoice) ?? "in";
      return onHandle(async (handle, { signal }) => {
        const revents = await pollHandle(handle, choice, timeout, signal) ?? [];
        return { record: { op: "poll", revents }, text: revents.join(" ") };
      });
    },
  },
  "status": {
    usage: "status",
    brief: "The channels of the handle",
    ports: true,
    parse(words) {
      plain(words, []);
      return onHandle((handle) =>
        after(handle.status(), (channels) => ({
          record: { op: "status", channels },
          text: channels.length === 0 ? undefined : statusTable(channels, PLAIN).join("\n"),
          ports: channels.map(({ port }) => port),
        }))
      );
    },
  },
  "virqs": {
    usage: "virqs",
    brief: "The virtual interrupts: number, name, scope, usual owner",
    parse(words) {
      plain(words, []);
      const virqs = VIRQS.map(({ number, ...rest }) => ({ virq: number, ...rest }));
      return () => ({ record: { op: "virqs", virqs }, text: virqTable(PLAIN).join("\n") });
    },
  },
};

function parseChoice(text: string): PollChoice {
  if (Object.hasOwn(POLL_EVENTS, text)) return text as PollChoice;
  throw new UsageError(`Cannot use "${text}" as --events: expected ${Object.keys(POLL_EVENTS).join(", ")}`);
}
