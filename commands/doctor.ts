import { type Act, flag, value, verb } from "../lib/cli/verb.ts";
import { UsageError } from "../lib/errors.ts";
import { diagnose, type Examined, type State } from "../lib/inspect/doctor.ts";
import { parsePeriod } from "../lib/parse.ts";
import { diagnosisLines, diagnosisRecord, summaryOfChecks } from "../lib/render/doctor.ts";
import { STORE_TIMEOUT } from "../lib/view/host_view.ts";
import { knownSockets } from "../lib/cli/known_sockets.ts";

/** How long each check may take, milliseconds: as long as other commands wait for xenstored. */
const PERIOD = STORE_TIMEOUT;

/** `doctor` */
export default verb({
  help:
    "Looks at each thing that evtchn needs and says whether it is `ok`, `missing` or `refused`, with what to do, or " +
    "`unknown` with the reason: Deno's permissions and libc; Xen's version; the driver, on which it binds a port " +
    "and lets it go again; privcmd, the memory for hypercalls, the kind of events, sysctl, the security policy; the " +
    "kernel's counters; your sessions (the sockets of dead ones are removed); how quickly xenstored answers. What " +
    "only the control domain may do is `refused` in a guest. Where there is no Xen, it checks that the simulator " +
    "works. It ends: each check has --timeout. Exit status 3 if something is missing or refused.",
  examples: ["doctor", "doctor -q --timeout 500ms"],
  options: {
    quiet: flag("Only what is not ok", "q"),
    timeout: value(parseTimeout, "PERIOD", "How long each check may take [5s]"),
  },
  looks: true,
  // It does not use them all: it looks whether they were given.
  needs: ["files", "history", "programs", "sockets"],
  records: ["doctor"],
  async run(act, { quiet = false, timeout = PERIOD }) {
    const examined = await examinedBy(act, timeout);
    const palette = await act.palette();
    const counts = new Map<State, number>();
    for await (const found of diagnose(examined, timeout, act.signal)) {
      counts.set(found.state, (counts.get(found.state) ?? 0) + 1);
      if (quiet && found.state === "ok") continue;
      await act.print(diagnosisRecord(found), diagnosisLines(found, palette, act.width).join("\n"));
    }
    const summary = summaryOfChecks(counts);
    if (!act.json && !(quiet && counts.size === 1 && counts.has("ok"))) await act.printText(summary);
    return { fault: counts.has("missing") || counts.has("refused") ? summary : undefined };
  },
});

function parseTimeout(text: string): number {
  const milliseconds = parsePeriod(text);
  if (milliseconds > 0) return milliseconds;
  throw new UsageError(`Cannot check anything within ${text}: expected some time, such as 5s`);
}

/**
 * Opens what the checks share, and loads what they load, before their time begins: a slow machine takes seconds for that.
 * A session that cannot be reached is refused as by every command.
 */
async function examinedBy(act: Act, timeout: number): Promise<Examined> {
  if (act.place === "session") await act.handle();
  const { host } = act;
  const runtime = await host.runtime(); // before a simulated host gives up libc
  const handle = (async () => await act.handle())();
  const view = (async () => {
    const view = await act.view();
    await view.setStoreTimeout(timeout);
    return view;
  })();
  await Promise.allSettled([handle, view, import("../lib/view/sysctl.ts"), import("../lib/xenstore/mod.ts")]);
  return {
    handle: () => handle,
    view: () => view,
    runtime,
    sockets: () => knownSockets(host),
    hostClock: act.clock,
    clock: host.clock,
  };
}
