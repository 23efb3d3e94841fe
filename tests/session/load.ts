/**
 * The whole load: 50 clients at once, 10,000 requests, 20 watchers, one of them stopped.
 *
 * @module
 */

import { load } from "./load_harness.ts";

const LOAD = { clients: 50, requests: 10_000, watchers: 20 };

if (import.meta.main) {
  const { milliseconds, events, memory } = await load(LOAD);
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const lines = [
    `${LOAD.clients} clients, ${LOAD.requests} requests, ${LOAD.watchers} watchers, one of them stopped:`,
    `  ${milliseconds.toFixed(0)} ms, ${(LOAD.requests * 1000 / milliseconds).toFixed(0)} requests a second`,
    `  ${events} events to each watcher, no gap; no request lost, no wrong answer`,
    `  server: ${megabytes(memory.before)} MB before, ${megabytes(memory.most)} MB at the most`,
  ];
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
}
