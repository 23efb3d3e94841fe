import { after } from "../lib/awaitable.ts";
import { channelName } from "../lib/channel.ts";
import { verb, VIRQ } from "../lib/cli/verb.ts";
import { raise } from "../lib/sim/asked.ts";

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
      after(raise(world, virq, act.domain), (port) => {
        const channel = channelName({ kind: "virq", virq });
        // 0: nobody has bound it.
        const record = { op: "raise", channel, port: port === 0 ? undefined : port } as const;
        return after(act.print(record), () => {
          if (port === 0 && !act.json) {
            return after(act.say(`raise: nobody has bound ${channel}: it is lost`), () => {});
          }
        });
      })),
});
