import { any, DOMAIN, verb } from "../lib/cli/verb.ts";
import { saySilence, TIMEOUT, viewWithin } from "../lib/cli/store_timeout.ts";
import { DeviceError } from "../lib/errors.ts";
import { type HeldDomain, type HoldingSession, lookAtHolders } from "../lib/inspect/holders.ts";
import { counted } from "../lib/render/count.ts";
import { holderRecords, holdersText, isDead } from "../lib/render/holders.ts";
import type { FoundSession } from "../lib/session/found.ts";

/** `holders [DOM...]` */
export default verb({
  help: `Shows the processes of this domain that have the event-channel device open: user, start (UTC), how many \
handles. PORTS is how many interrupts /proc/interrupts has by that name, of all processes that have it; of a session of \
evtchn it is the session's own count.

Domains that are dying or gone come first, if ports of this domain are still bound to them. Until these ports are \
closed, they are lost.

With DOM: the ports of this domain that are bound to DOM, and the processes that may have bound them.

Linux does not tell which process has which port: where several may have it, all of them are named. Other users' \
processes are root's to see.

Exit status 3 if ports are bound to a domain that is dying or gone, 1 if no process can be seen.`,
  examples: ["holders", "holders 1"],
  options: { timeout: TIMEOUT },
  arguments: any(DOMAIN),
  looks: true,
  records: ["holders", "holders-domain"],
  async run(act, { timeout }, domains) {
    const view = await viewWithin(act, timeout);
    const sessions = (await act.sessions?.() ?? []).flatMap(holding);
    const holders = await lookAtHolders(view, domains, sessions);
    const { unseen } = holders;
    if (act.json) await act.printAll(holderRecords(holders));
    else await act.printText(holdersText(holders, await act.palette(), act.width).join("\n"));
    if (holders.hidden) await act.say("holders: processes of other users are hidden: root sees them");
    if (unseen !== undefined) {
      const { errno, subject, action, hint } = unseen;
      await act.report(new DeviceError("holders", errno, subject, `Xen's side is unknown: ${action}`, hint));
    }
    await saySilence(act, view);
    const dead = holders.domains.filter((each) => isDead(each) && each.ports.length > 0);
    return dead.length === 0 ? undefined : { fault: faultOf(dead) };
  },
});

function faultOf(dead: readonly HeldDomain[]): string {
  const ports = dead.reduce((sum, each) => sum + each.ports.length, 0);
  const verb = ports === 1 ? "is" : "are";
  return `${counted(ports, "port")} ${verb} bound to ${counted(dead.length, "domain")} that ${
    dead.length === 1 ? "is" : "are"
  } dying or gone`;
}

/** A simulated session has no port of this host. */
function holding(found: FoundSession): HoldingSession[] {
  if (found.state !== "running" || found.about.holds.startsWith("sim:")) return [];
  const { pid, bound } = found.about;
  const ports = bound.flatMap(({ ports }) => ports ?? []);
  const counted = bound.reduce((sum, { count }) => sum + count, 0);
  return [{ pid, socket: found.session, ports: ports.length === counted ? ports : undefined }];
}
