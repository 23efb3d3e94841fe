/**
 * A session's server in this process, from the options to its end.
 *
 * @module
 */

import { UsageError } from "../lib/errors.ts";
import type { SessionSource } from "../lib/session/domains.ts";
import { makePlace } from "../lib/session/place.ts";
import { SessionServer } from "../lib/session/server.ts";
import { chooseDevice, nonEmpty } from "../lib/cli/choice.ts";
import type { Context } from "../lib/cli/context.ts";
import type { CommonFlags } from "../lib/cli/options.ts";
import { viewer } from "../lib/cli/view.ts";

/**
 * Serves the handle that the options name until `work` is done, whatever its end.
 *
 * @throws {UsageError} If the options contradict each other.
 * @throws {DeviceError} If the device cannot be opened, or there is no safe place for the socket.
 */
export async function withServer<T>(
  context: Context,
  flags: CommonFlags,
  work: (server: SessionServer) => Promise<T>,
): Promise<T> {
  const server = await startServer(context, flags);
  try {
    return await work(server);
  } finally {
    server.stop();
    await server.ended;
  }
}

/**
 * Refuses options that a session cannot be made with.
 *
 * @throws {UsageError}
 */
export function refuseSession({ session }: CommonFlags): void {
  if (session === undefined) return;
  throw new UsageError(
    "Cannot hold a session's handle in another session",
    "--device, --simulator and --fd say what a session holds",
  );
}

async function startServer(context: Context, flags: CommonFlags): Promise<SessionServer> {
  refuseSession(flags);
  const holding = await open(context, flags);
  const { clock, host } = context;
  try {
    const name = `session-${crypto.randomUUID().slice(0, 8)}`;
    const place = await makePlace(nonEmpty(host.env("XDG_RUNTIME_DIR")), name, clock.now() / 1000);
    try {
      return SessionServer.listen(holding, place, clock);
    } catch (error) {
      place.remove();
      throw error;
    }
  } catch (error) {
    await holding.own.close();
    throw error;
  }
}

async function open(context: Context, flags: CommonFlags): Promise<SessionSource> {
  const choice = chooseDevice(flags, context.host);
  const [open, kernel, viewOf] = await Promise.all([
    context.opener(flags, choice),
    context.host.kernel(choice.kernel),
    viewer(context, flags),
  ]);
  const own = open(kernel);
  if (choice.kernel.kind === "running") return { own, view: () => viewOf(kernel) };
  const { domain } = choice.kernel;
  return {
    own,
    domain,
    open: (other) => open(kernel.as!(other)),
    view: (from = domain) => viewOf(from === domain ? kernel : kernel.as!(from)),
  };
}
