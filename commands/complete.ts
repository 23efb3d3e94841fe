import { command, type CommandAct } from "../lib/cli/command_act.ts";
import { ASKED, type Asked } from "../lib/cli/completion/model.ts";
import { word } from "../lib/cli/verb.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { RemoteDevice } from "../lib/session/client.ts";
import type { Domid } from "../lib/types.ts";
import type { HostView } from "../lib/view/host_view.ts";
import { VIRQS } from "../lib/virq.ts";
import { domainLabel, listedDomains } from "../lib/wiring/claims.ts";

/** How long, milliseconds, somebody at a prompt waits for one of xenstored's answers, or for a session's. */
const PATIENCE = 400;

/** Names that a shell takes as they are. A guest may have written any other. */
const PLAIN_NAME = /^[A-Za-z_][\w.-]{0,63}$/;

/**
 * `complete KIND`: what a shell's completion cannot know. A line is a word, a tab, and what it is. What cannot be asked,
 * or does not answer soon, has no lines, and nothing is said of it: nobody reads errors at a prompt.
 */
export default command({
  help: "Prints what may stand in a command line: domains, ports or channels.",
  arguments: [{ ...word("KIND", "What to print"), offers: ASKED, parse: parseAsked }],
  looks: true,
  records: [],
  async run(act, _, [kind]) {
    try {
      const lines = await linesOf(act, kind);
      if (lines.length > 0) await act.printText(lines.map(([head, about]) => `${head}\t${about}`).join("\n"));
    } catch (error) {
      if (!(error instanceof DeviceError || error instanceof UsageError)) throw error;
    }
  },
});

type Line = readonly [word: string, about: string];

function parseAsked(text: string): Asked {
  const kind = ASKED.find((each) => each === text);
  if (kind === undefined) throw new UsageError(`Cannot complete "${text}": expected ${ASKED.join(", ")}`);
  return kind;
}

async function linesOf(act: CommandAct, kind: Asked): Promise<Line[]> {
  const virqs = kind === "channels" ? VIRQS.map(({ name, meaning }): Line => [`virq:${name}`, meaning]) : [];
  const { session } = act.choice;
  if (session === undefined) return kind === "domains" ? await domains(await act.view()) : virqs;
  const device = await RemoteDevice.connect(session, undefined, act.clock, PATIENCE);
  const answered = new AbortController();
  const late = act.clock.sleep(PATIENCE, answered.signal).then((): Line[] => []);
  try {
    const lines = kind === "domains" ? domains(device.view()) : ports(device);
    return [...virqs, ...await Promise.race([lines.catch(() => []), late])];
  } finally {
    answered.abort();
    await device.close();
  }
}

async function ports(device: RemoteDevice): Promise<Line[]> {
  return (await device.status()).map(({ port, channel }) => [String(port), channel]);
}

async function domains(view: HostView): Promise<Line[]> {
  await view.setStoreTimeout(PATIENCE);
  const store = await view.store();
  const lines = async (domain: Domid): Promise<Line[]> => {
    const name = await domainLabel(store, domain) ?? "";
    return PLAIN_NAME.test(name)
      ? [[name, `domain ${domain}`], [String(domain), name]]
      : [[String(domain), "a domain"]];
  };
  return (await Promise.all((await listedDomains(store)).map(lines))).flat();
}
