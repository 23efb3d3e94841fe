/** Measures round trips over a channel, and answers them at the other end. @module */

import { type Clock, Turns } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Awaitable, Port } from "../types.ts";
import type { Listener } from "./listener.ts";
import { type PingSetup, type Round, Rounds } from "./round.ts";
import { RoundTrips } from "./statistics.ts";

export interface PingOptions {
  readonly count: number;
  /** Milliseconds between requests, at least: the next one also waits for the answer. */
  readonly interval: number;
  /** Milliseconds after which a request counts as not answered. */
  readonly timeout: number;
  /** The number of rounds before the first request. They are not reported or counted. */
  readonly warmup: number;
  /** Repeat the first warm-up round until it is answered: the peer may bind later. */
  readonly patient: boolean;
}

/** Is told of each request as it happens. `seq` counts requests from 1. Times are microseconds. */
export interface PingSink {
  answered(seq: number, micros: number): Awaitable<unknown>;
  /** No answer within the timeout. {@linkcode PingSink.late} may follow. */
  overdue(seq: number): Awaitable<unknown>;
  late(seq: number, micros: number): Awaitable<unknown>;
}

export interface PingResult {
  readonly sent: number;
  /** Answered within the timeout. */
  readonly answered: number;
  /** Answered after the timeout. */
  readonly late: number;
  /** Not answered. */
  readonly lost: number;
  /** Events that answered no request. */
  readonly unasked: number;
  /** The times of the requests that were answered within the timeout. */
  readonly times: RoundTrips;
}

/** Pings until the count is reached or the signal aborts: an interrupted request is not counted. */
export async function ping(setup: PingSetup, options: PingOptions, sink: PingSink): Promise<PingResult> {
  const { clock, signal } = setup;
  const rounds = new Rounds(setup);
  const times = new RoundTrips();
  await warmUp(rounds, setup, options);
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

async function warmUp(rounds: Rounds, { clock, signal }: PingSetup, options: PingOptions): Promise<void> {
  const { warmup, patient, timeout, interval } = options;
  for (let left = warmup; left > 0 && !signal.aborted;) {
    const { kind } = await rounds.run(timeout, () => {});
    if (kind === "answered" || kind === "late") left--;
    else if (!patient) return; // the requests that follow report that nobody answers
    else await clock.sleep(interval, signal);
  }
}

/** Sends every event of a port back, until it has sent `count` or the signal aborts. Returns how many it sent. */
export async function answer(
  device: EventChannelDevice,
  listener: Listener,
  port: Port,
  count: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  let answered = 0;
  let tries = 0;
  const turns = new Turns(clock, signal);
  while (answered < count && !signal.aborted) {
    const heard = await listener.now();
    if (heard === undefined) {
      if (++tries < listener.tries) continue;
      tries = 0;
      if (!await listener.wait(Infinity, signal)) break;
      turns.had();
      continue;
    }
    tries = 0;
    for (let left = Math.min(heard.length, count - answered); left > 0; left--, answered++) await device.notify(port);
    await listener.rearm([port]);
    await turns.step();
  }
  return answered;
}
