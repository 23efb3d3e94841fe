/**
 * A program that a command runs: its status is the command's, signals reach it.
 *
 * @module
 */

import type { Context } from "./context.ts";
import { Status } from "./failure.ts";
import { type Child, type Signal, signalStatus } from "../host/host.ts";

/** A program and its arguments. */
export type Program = readonly [command: string, ...args: string[]];

/**
 * Runs a program on the same standard streams to its end.
 *
 * @param env What its environment has beside this one's.
 * @returns Its exit status, a signal's as a shell says it; 126 or 127 where it cannot be run.
 */
export async function runProgram(
  context: Context,
  [command, ...args]: Program,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  let child: Child | undefined;
  // A terminal sends its signals to the program too; what was sent to this process alone is passed on. They are
  // caught before the program is there: one that ended this process only would leave it alone.
  const stop = context.host.onSignal((signal) => {
    if (child && signal !== "SIGINT") passOn(child, signal);
  });
  try {
    child = context.host.spawn(command, args, env);
    const { code, signal } = await child.ended;
    return signal === null ? code : signalStatus(signal);
  } catch (error) {
    if (child) throw error;
    return cannotRun(context, command, error);
  } finally {
    stop();
  }
}

function passOn(child: Child, signal: Signal): void {
  try {
    child.kill(signal);
  } catch {
    // it has just ended
  }
}

function cannotRun(context: Context, command: string, error: unknown): number {
  if (error instanceof Deno.errors.NotFound) {
    context.say(`${context.command}: Cannot run "${command}": there is no such program`);
    return Status.NOT_FOUND;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    context.say(`${context.command}: Cannot run "${command}": it is not executable`);
    return Status.NOT_EXECUTABLE;
  }
  throw error;
}
