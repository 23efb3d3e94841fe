import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { verb } from "../lib/cli/verb.ts";
import { why, whyRecorded } from "../lib/inspect/why.ts";
import { parseAsked } from "../lib/parse.ts";
import { whyRecord, whyText } from "../lib/render/why.ts";

const ASKED = {
  placeholder: "CHANNEL",
  brief: "virq:NAME or a VIRQ's name, DOMAIN:PORT, DOMAIN:any, or PORT of this domain",
  parse: parseAsked,
  offers: "channels",
} as const;

/** `why CHANNEL` */
export default verb({
  help: "Binds the channel, closes it again, and explains what refused the bind: who holds the VIRQ, what the " +
    "remote port is bound to, which domain it is reserved for. During the attempt a peer may briefly find the " +
    "port taken. A port of this domain is not bound: Xen says what it is; nor is anything in a snapshot. Exit status 3 " +
    "if something refuses.",
  examples: ["why virq:dom_exc", "why 5:12"],
  options: { timeout: TIMEOUT },
  arguments: [ASKED],
  looks: true,
  records: ["why"],
  async run(act, { timeout }, [channel]) {
    const handle = act.recorded ? undefined : await act.handle();
    const view = await viewWithin(act, timeout);
    const answer = await (handle === undefined ? whyRecorded(channel, view) : why(handle, channel, view));
    await act.print(whyRecord(answer), whyText(answer, await act.palette()));
    await saySilence(act, view);
    return answer.result === "ok" ? undefined : { fault: `${answer.channel}: ${answer.result}` };
  },
});
