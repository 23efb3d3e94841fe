import { accessTo } from "../../lib/cli/access.ts";
import { chooseDevice } from "../../lib/cli/choice.ts";
import type { CommandAct } from "../../lib/cli/command_act.ts";
import type { CommonFlags } from "../../lib/cli/options.ts";
import { DeviceError, errnoOf, UsageError } from "../../lib/errors.ts";
import type { Host } from "../../lib/host/host.ts";
import {
  defaultRuntime,
  makePlace,
  type TemporaryParent,
  temporaryParent,
  unfitRuntime,
} from "../../lib/session/place.ts";
import { SessionServer } from "../../lib/session/server.ts";
import type { Awaitable } from "../../lib/types.ts";
import type { SessionSource } from "../../lib/session/domains.ts";
import { runtimeOf } from "./sockets.ts";

/**
 * Serves the handle that the options name until `work` returns or throws.
 *
 * @param lifetime How long, milliseconds, the session may be unused before it ends; undefined: for ever.
 * @throws {UsageError} If the options contradict each other.
 * @throws {DeviceError} If the device cannot be opened, or there is no safe place for the socket.
 */
export async function withServer<T>(
  act: CommandAct,
  lifetime: number | undefined,
  work: (server: SessionServer) => Awaitable<T>,
): Promise<T> {
  const server = await startServer(act, lifetime);
  try {
    return await work(server);
  } finally {
    server.stop();
    await server.ended;
  }
}

/** @throws {UsageError} If `--session` is given: a session cannot hold the handle of another one. */
export function refuseSession({ session }: CommonFlags): void {
  if (session === undefined) return;
  throw new UsageError(
    "Cannot hold a session's handle in another session",
    "--device, --simulator and --fd choose what a session holds",
  );
}

/**
 * Says on stderr why the session's socket will not be in the runtime folder that the environment names.
 *
 * @throws {DeviceError} If there is no place for a temporary folder, and one is needed.
 */
export function sayPlace(act: CommandAct): void {
  const runtime = runtimeOf(act.host);
  const reasons = [runtime && unfitRuntime(runtime), temporaryParentOf(act.host)?.unfit];
  for (const reason of reasons) if (reason) act.say(`${act.op}: ${reason}`);
}

/**
 * The variables that lead a session's process, whose working folder is another, to the same place as they lead this one.
 *
 * @throws {DeviceError} If there is no place for a temporary folder, and one is needed.
 */
export function placeVariables(host: Host): Readonly<Record<string, string>> {
  const parent = temporaryParentOf(host);
  return parent === undefined ? {} : { TMPDIR: parent.path };
}

/** Where the session's temporary folder will be; undefined: its socket will be in a runtime folder. */
function temporaryParentOf(host: Host): TemporaryParent | undefined {
  const runtime = runtimeOf(host) ?? defaultRuntime();
  if (runtime !== undefined && unfitRuntime(runtime) === undefined) return undefined;
  try {
    return temporaryParent();
  } catch (error) {
    throw noSocket(error);
  }
}

async function startServer(act: CommandAct, lifetime: number | undefined): Promise<SessionServer> {
  refuseSession(act.flags);
  const { clock, host } = act;
  const source = await openSource(act);
  try {
    const name = `session-${crypto.randomUUID().slice(0, 8)}`;
    const place = await makePlace(runtimeOf(host) ?? defaultRuntime(), name, clock.now() / 1000);
    try {
      return SessionServer.listen(source, place, clock, lifetime);
    } catch (error) {
      place.remove();
      throw error;
    }
  } catch (error) {
    await source.own.close();
    throw noSocket(error);
  }
}

/** What a session ends with that has no place for its socket. */
function noSocket(error: unknown): unknown {
  const errno = error instanceof DeviceError || error instanceof Deno.errors.NotCapable ? undefined : errnoOf(error);
  return errno === undefined ? error : new DeviceError("session", errno, "session", "Cannot make the session's socket");
}

async function openSource({ flags, host }: CommandAct): Promise<SessionSource> {
  const choice = chooseDevice(flags, host);
  const [access, kernel] = await Promise.all([
    accessTo(flags, host, choice, { handles: true, views: true }),
    host.kernel(choice.kernel),
  ]);
  const own = access.open(kernel);
  if (choice.kernel.kind === "running") {
    const holds = choice.fd === undefined ? choice.path ?? kernel.abi.devicePath : `descriptor ${choice.fd}`;
    return { own, holds, view: () => access.view(kernel) };
  }
  const { domain, spec } = choice.kernel;
  return {
    own,
    holds: `sim:${spec}`,
    domain,
    world: kernel.world,
    open: (other) => access.open(kernel.as!(other)),
    view: (from = domain) => access.view(from === domain ? kernel : kernel.as!(from)),
  };
}
