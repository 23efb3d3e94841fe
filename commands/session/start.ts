import type { Errno } from "../../ffi/syscalls.ts";
import { chooseDevice, nonEmpty } from "../../lib/cli/choice.ts";
import { command } from "../../lib/cli/command_act.ts";
import { Status } from "../../lib/cli/failure.ts";
import { type CommonFlags, traces } from "../../lib/cli/options.ts";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { explain } from "../../lib/explain.ts";
import type { ErrorRecord } from "../../lib/records.ts";
import type { Host } from "../../lib/host/host.ts";
import { SessionLink } from "../../lib/session/link.ts";
import { removeStale } from "../../lib/session/place.ts";
import { LIFETIME, UNUSED } from "./lifetime.ts";
import { placeVariables, refuseSession, sayPlace } from "./server.ts";
import { makeWorld, readWorld, WORLD } from "./world.ts";

/** What connecting to a session that no longer runs fails with: another one may take its place. */
const DEAD: readonly string[] = ["ENOENT", "ECONNREFUSED", "ENOTSOCK", "EPERM", "EACCES"];

/** `session start` */
export default command({
  help: 'Starts a session in the background and prints the shell command that sets EVTCHN_SESSION: eval "$(evtchn ' +
    'session start)". The session ends with `evtchn session stop`, a signal, or a shutdown. ' +
    UNUSED,
  examples: ["session start --lifetime 30m", "session start --simulator --world host.evtchn"],
  options: { ...WORLD, ...LIFETIME },
  needs: ["programs", "sockets"],
  records: ["session-start"],
  async run(act, { world: file, lifetime }) {
    const { flags, host } = act;
    refuseSession(flags);
    if (traces(flags)) {
      throw new UsageError(
        "Cannot trace a session in the background: nobody would see it",
        "`evtchn session run --trace -- COMMAND` shows its system calls on stderr",
      );
    }
    await refuseSecond(host);
    const world = file === undefined ? undefined : await readWorld(act, file, act.signal);
    if (typeof world === "number") return { status: world };
    if (file !== undefined && world === undefined) return; // a signal came
    const { fd, path } = chooseDevice(flags, host);
    const device = path === undefined ? flags.device : absolute(path);
    const serve = ["session", "serve", "--json", ...optionWords({ ...flags, device }), ...lifetimeWords(lifetime)];
    const server = await host.background(serve, placeVariables(host), fd);
    const { session, pid } = record(server.line ?? "") as { session?: string; pid?: number };
    if (session === undefined || pid === undefined) throw failureOf(server.stderr);
    try {
      sayPlace(act);
      if (world !== undefined && (!await makeWorld(act, world, session, act.signal) || act.signal.aborted)) {
        await server.drop();
        return { status: Status.REFUSED };
      }
      const text = `EVTCHN_SESSION='${session.replaceAll("'", "'\\''")}'; export EVTCHN_SESSION;`;
      await act.print({ op: "session-start", session, pid }, text);
    } catch (error) {
      await server.drop(); // nobody knows where it is
      throw error;
    }
    await server.keep();
  },
});

/** The session's process has another working folder. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

/** The options that choose the session's handle, as words of a command line. */
function optionWords({ device, simulator, fd, as }: CommonFlags): string[] {
  return [
    ...device === undefined ? [] : ["--device", device],
    ...simulator ? ["--simulator"] : [],
    ...fd === undefined ? [] : ["--fd", String(fd)],
    ...as === undefined ? [] : ["--as", String(as)],
  ];
}

/** The option as words of a command line. */
function lifetimeWords(milliseconds: number | undefined): string[] {
  return milliseconds === undefined ? [] : ["--lifetime", `${Math.round(milliseconds * 1000)}us`];
}

/** Refuses a second session while the one in EVTCHN_SESSION runs; removes the files of one that has ended. */
async function refuseSecond(host: Host): Promise<void> {
  const socket = nonEmpty(host.env("EVTCHN_SESSION"));
  if (socket === undefined) return;
  try {
    await (await SessionLink.connect(socket, host.clock)).close();
  } catch (error) {
    if (!(error instanceof DeviceError && DEAD.includes(error.errno))) throw error;
    await removeStale(socket);
    return;
  }
  const message = `Cannot start a session beside the one at "${socket}"`;
  throw new DeviceError("session", "EEXIST", socket, message, explain("session", "EEXIST"));
}

/** The error of the server, from the record on its stderr. */
function failureOf(stderr: string): Error {
  const { op, error, subject = "", message, hint } = record(stderr.trim().split("\n").at(-1)!) as Partial<ErrorRecord>;
  if (op === undefined || error === undefined || message === undefined) {
    return new DeviceError(
      "session",
      "ECHILD",
      "session",
      `Cannot start a session: ${stderr.trim() || "its process ended without a message"}`,
    );
  }
  if (error === "usage") return new UsageError(message, hint);
  const end = `: ${error}`;
  return new DeviceError(
    op,
    error as Errno,
    subject,
    message.endsWith(end) ? message.slice(0, -end.length) : message,
    hint,
  );
}

/** A record that the server wrote; an empty one if the line is no record. */
function record(line: string): object {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
