/**
 * Round trips over a channel, one after the other, and the peer who answers them.
 *
 * @module
 */

import { type Clock, Turns } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Ears } from "./listener.ts";
import { type Round, Rounds, type Track } from "./round.ts";
import { RoundTrips } from "./statistics.ts";
import type { Awaitable, Port } from "../types.ts";

/** How many, how often, how long. */
export interface PingOptions {
  /** How many requests. */
  readonly count: number;
  /** Milliseconds from one request to the next; one that waits for its answer keeps the next one back. */
  readonly interval: number;
  /** Milliseconds after which a request counts as not answered. */
  readonly timeout: number;
  /** How many rounds come first that are neither told nor counted. */
  readonly warmup: number;
  /** Whether the first of them is repeated until it is answered: the peer may have yet to bind. */
  readonly patient: boolean;
}

/** Who is told, as it happens. `seq` counts requests from 1. Times are microseconds. */
export interface PingSink {
  answered(seq: number, micros: number): Awaitable<unknown>;
  /** The time is out for a request. */
  overdue(seq: number): Awaitable<unknown>;
  /** It was answered after all. */
  late(seq: number, micros: number): Awaitable<unknown>;
}

/** What it all came to. */
export interface PingResult {
  readonly sent: number;
  /** Answered in time. */
  readonly answered: number;
  /** Answered, but too late. */
  readonly late: number;
  /** Not answered. */
  readonly lost: number;
  /** Events that came when no request was out, or more than one to a request. */
  readonly unasked: number;
  /** Of those that were answered in time. */
  readonly times: RoundTrips;
}

/**
 * Pings until the count is reached or the signal comes. A request that the signal cuts short counts for nothing.
 *
 * @throws {DeviceError} If the device fails.
 */
export async function ping(track: Track, options: PingOptions, sink: PingSink): Promise<PingResult> {
  const { clock, signal } = track;
  const rounds = new Rounds(track);
  const times = new RoundTrips();
  await warmUp(rounds, track, options);
  rounds.unasked = 0;
  const counts: Record<Round["kind"], number> = { answered: 0, late: 0, lost: 0, aborted: 0 };
  for (let seq = 1; seq <= options.count && !signal.aborted; seq++) {
    const next = clock.monotonic() + options.interval;
    const round = await rounds.run(options.timeout, () => sink.overdue(seq));
    counts[round.kind]++;
    if (round.kind === "answered") {
      times.add(round.micros);
      await sink.answered(seq, round.micros);
    } else if (round.kind === "late") await sink.late(seq, round.micros);
    if (options.interval > 0 && seq < options.count) await clock.sleep(Math.max(0, next - clock.monotonic()), signal);
  }
  const { answered, late, lost } = counts;
  return { sent: answered + late + lost, answered, late, lost, unasked: rounds.unasked, times };
}

async function warmUp(rounds: Rounds, { clock, signal }: Track, options: PingOptions): Promise<void> {
  const { warmup, patient, timeout, interval } = options;
  for (let left = warmup; left > 0 && !signal.aborted;) {
    const { kind } = await rounds.run(timeout, () => {});
    if (kind === "answered" || kind === "late") left--;
    else if (!patient) return; // what is not answered is told, and so has to be counted
    else await clock.sleep(interval, signal);
  }
}

/**
 * Sends every event of a port back, until the signal comes.
 *
 * @param count After how many it ends.
 * @returns How many it sent back.
 * @throws {DeviceError} If the device fails.
 */
export async function answer(
  device: EventChannelDevice,
  ears: Ears,
  port: Port,
  count: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  let answered = 0;
  let tries = 0;
  const turns = new Turns(clock, signal);
  while (answered < count && !signal.aborted) {
    const there = ears.now();
    const heard = there instanceof Promise ? await there : there;
    if (heard === undefined) {
      if (++tries < ears.tries) continue;
      tries = 0;
      await ears.wait(Infinity, signal);
      turns.had();
      continue;
    }
    tries = 0;
    for (let left = Math.min(heard.length, count - answered); left > 0; left--, answered++) await device.notify(port);
    await ears.rearm([port]);
    const turn = turns.step();
    if (turn !== undefined) await turn;
  }
  return answered;
}
