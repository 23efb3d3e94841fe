import { errnoOf } from "../errors.ts";
import { type Child, type Host, type Signal, signalStatus } from "../host/host.ts";
import { oneLine } from "../render/line.ts";
import { Status } from "./failure.ts";

/**
 * Runs a program on the same standard streams until it ends, and passes signals on to it.
 *
 * @param op The verb that runs it, for messages.
 * @param env Added to this process's environment.
 * @returns Its exit status; 128 plus the number after a signal; 126 or 127 if it cannot be run.
 */
export async function runProgram(
  host: Host,
  op: string,
  [command, ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  let child: Child | undefined;
  // A terminal sends SIGINT to the program too; other signals are passed on. They are caught before the program starts,
  // so that none can end this process and leave the program running.
  const stop = host.onSignal((signal) => {
    if (child && signal !== "SIGINT") passOn(child, signal);
  });
  try {
    child = host.spawn(command, args, env);
    const { code, signal } = await child.ended;
    return signal === null ? code : signalStatus(signal);
  } catch (error) {
    if (child) throw error;
    const [reason, status] = cannotRun(error);
    host.stderr.writeSync(`evtchn: ${oneLine(`${op}: Cannot run "${command}": ${reason}`)}\n`);
    return status;
  } finally {
    stop();
  }
}

function passOn(child: Child, signal: Signal): void {
  try {
    child.kill(signal);
  } catch {
    // the program has just ended
  }
}

function cannotRun(error: unknown): [reason: string, status: number] {
  if (error instanceof Deno.errors.NotFound) return ["there is no such program", Status.NOT_FOUND];
  if (error instanceof Deno.errors.PermissionDenied) return ["it is not executable", Status.NOT_EXECUTABLE];
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return [errno, Status.NOT_EXECUTABLE];
}
