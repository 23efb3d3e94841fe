import { after } from "../lib/awaitable.ts";
import { channelName } from "../lib/channel.ts";
import { verb, VIRQ } from "../lib/cli/verb.ts";
import { orRefused } from "../lib/script/refused.ts";

const HINTS = { EINVAL: "Xen knows VIRQs 0 to 23", ESRCH: "there is no such domain: `create` makes one" };

/** `raise VIRQ` */
export default verb({
  help:
    "Raises a VIRQ as Xen does, on a simulated host: a global VIRQ for domain 0, a VIRQ per domain for the domain " +
    "that acts (--as, or @ in a script).",
  examples: ["raise tbuf", "raise timer --as 1"],
  arguments: [VIRQ],
  records: ["raise"],
  run: (act, _options, [virq]) =>
    after(act.world(), (world) =>
      after(world.raise(virq, act.domain), (answer) => {
        const channel = channelName({ kind: "virq", virq });
        const port = orRefused("raise", channel, `Cannot raise ${channel}`, HINTS, answer);
        // 0: nobody has bound it.
        const record = { op: "raise", channel, port: port === 0 ? undefined : port } as const;
        return after(act.print(record), () => {
          if (port === 0 && !act.json) {
            return after(act.say(`raise: nobody has bound ${channel}: it is lost`), () => {});
          }
        });
      })),
});
