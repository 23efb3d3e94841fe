import { command } from "../lib/cli/command_act.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { flag } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";

/** `collect`, `collect --script` */
export default command({
  help:
    "Writes a snapshot of this host to stdout as one text, which --from looks at later and elsewhere: Xen's ports " +
    "and domains, what debug key e prints, xenstore without passwords, the kernel's interrupts and counters, and who " +
    "has the device open. What cannot be read is said in it. The text of the debug key stays in Xen's console; " +
    "--no-debug-key leaves that out, and nothing else changes.\n\nWith --script it prints a program for sh that does " +
    "the same with xl, xenstore-ls and lsevtchn, for a host without evtchn: ssh xen1 sh -s <collect.sh >xen1.snapshot",
  examples: ["collect --no-debug-key", "collect --script"],
  options: {
    script: {
      ...flag("Print the program for sh that collects where there is no evtchn"),
      notRecorded: "the program is the same for every host",
    },
    timeout: TIMEOUT,
  },
  looks: true,
  records: [],
  check(_options, _none, json) {
    if (json) throw new UsageError("Cannot use --json with collect: a snapshot has one form");
  },
  async run(act, { script, timeout }) {
    const { noDebugKey = false } = act.flags;
    if (script) {
      const { COLLECT_SCRIPT, withoutDebugKey } = await import("../lib/snapshot/script.ts");
      return await act.write(noDebugKey ? withoutDebugKey(COLLECT_SCRIPT) : COLLECT_SCRIPT);
    }
    if (act.host.stdout.terminal) {
      throw new UsageError("Cannot write a snapshot to a terminal: guests wrote parts of it", "evtchn collect >FILE");
    }
    const [{ collect }, view] = await Promise.all([import("../lib/snapshot/collect.ts"), viewWithin(act, timeout)]);
    for await (const piece of collect(view, { now: act.clock.now(), pressesKey: !noDebugKey })) await act.write(piece);
    await saySilence(act, view);
  },
});
