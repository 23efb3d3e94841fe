/** Collects snapshots of other hosts through the user's own ssh. Nothing is stored there or here. @module */

import { DeviceError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { isSnapshot, parseSnapshot } from "../snapshot/format.ts";
import type { Recording } from "../snapshot/recording.ts";
import { COLLECT_SCRIPT } from "../snapshot/script.ts";

/** How many hosts are asked at the same time. */
const AT_ONCE = 16;

/** Milliseconds that a host may take in all. */
export const HOST_LIMIT = 60_000;

/** Seconds until ssh gives a connection up. */
const CONNECT = 10;

/** The most bytes of a host's answer. */
const ANSWER_MAX = 32 * 1024 * 1024;

export interface Asking {
  /** Whether to look as root by sudo, which must not ask for a password. */
  readonly sudo: boolean;
  readonly pressesKey: boolean;
}

/**
 * Asks hosts, several at a time, and gives what became of each in their order.
 *
 * @param hosts Names that `parseHost` has let through: ssh takes none for an option.
 */
export async function* askHosts(
  host: Host,
  hosts: readonly string[],
  asking: Asking,
  signal: AbortSignal,
): AsyncGenerator<{ readonly name: string; readonly found: Recording | DeviceError }, void> {
  const asked = new Map<number, Promise<Recording | DeviceError>>();
  let next = 0;
  for (const [i, name] of hosts.entries()) {
    // The answers that wait to be shown are no more than those that are asked.
    while (next < hosts.length && next < i + AT_ONCE) asked.set(next, askHost(host, hosts[next++], asking, signal));
    yield { name, found: await asked.get(i)! };
    asked.delete(i);
  }
}

async function askHost(
  host: Host,
  name: string,
  { sudo, pressesKey }: Asking,
  signal: AbortSignal,
): Promise<Recording | DeviceError> {
  const late = new AbortController();
  const done = new AbortController();
  void host.clock.sleep(HOST_LIMIT, done.signal).then((over) => over && late.abort());
  const options = ["BatchMode=yes", `ConnectTimeout=${CONNECT}`].flatMap((option) => ["-o", option]);
  const words = [...sudo ? ["sudo", "-n"] : [], "sh", "-s", ...pressesKey ? [] : ["--", "--no-debug-key"]];
  try {
    const answer = await host.capture("ssh", [...options, "-T", "--", name, words.join(" ")], {
      input: COLLECT_SCRIPT,
      limit: ANSWER_MAX,
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (late.signal.aborted) return noAnswer(name, "ETIMEDOUT", `it took more than ${HOST_LIMIT / 1000} s`);
    if (answer.over) return noAnswer(name, "EFBIG", `its answer has more than ${ANSWER_MAX / 1024 / 1024} MiB`);
    // A login script may print something first.
    const start = answer.stdout.startsWith("evtchn-snapshot ") ? 0 : answer.stdout.indexOf("\nevtchn-snapshot ") + 1;
    const text = answer.stdout.slice(start);
    if (isSnapshot(text)) return parseSnapshot(text);
    const said = answer.stderr.trim().split(/\r?\n/).at(-1) || `ssh ended with ${answer.status}`;
    return noAnswer(name, answer.status === SSH_FAILED ? "EHOSTUNREACH" : "EPROTO", said.slice(0, 300));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return noAnswer(name, "ENOENT", "there is no ssh here");
    throw error;
  } finally {
    done.abort();
  }
}

/** ssh's own status where it does not get as far as the command. */
const SSH_FAILED = 255;

function noAnswer(name: string, errno: DeviceError["errno"], reason: string): DeviceError {
  const hint = `\`ssh ${name}\` must work without a question, and as root: --sudo where that is not allowed`;
  return new DeviceError("host", errno, name, `Cannot look at host "${name}": ${reason}`, hint);
}
