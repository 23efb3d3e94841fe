import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import type { SharedHandle, Subscription } from "../../lib/handle/shared.ts";
import type { PendingEvent, WatchOptions } from "../../lib/handle/watch.ts";
import { watchShared } from "../../lib/handle/watch_shared.ts";
import type { Delivery } from "../../lib/handle/queue.ts";
import type { Wanted } from "../../lib/handle/watcher.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

const event = (seq: number): PendingEvent => ({
  port: 7,
  channel: { kind: "port", port: 7 },
  name: "7",
  seq,
  initial: false,
  stale: false,
});

/** A handle with one watcher, who is given what the test gives. */
class Bench {
  readonly clock = new TestClock();
  readonly abort = new AbortController();
  readonly log: string[] = [];
  wanted: Wanted | undefined;
  /** What still comes once the watch has been closed. */
  lastWords: Delivery[] = [];
  #queue: (Delivery | Error)[] = [];
  #arrived = Promise.withResolvers<void>();
  #open = true;

  give(...given: (Delivery | Error)[]): void {
    this.#queue.push(...given);
    this.#arrived.resolve();
  }

  events(...seqs: number[]): void {
    this.give({ kind: "events", time: 0, events: seqs.map(event) });
  }

  watch(options: Partial<WatchOptions> = {}) {
    const handle = {
      subscribe: (wanted: Wanted) => {
        this.wanted = wanted;
        return this.#subscription();
      },
    } as SharedHandle;
    return watchShared(
      handle,
      { bindings: [], unmask: true, ...options },
      {
        begun: () => void this.log.push("begun"),
        pending: (_, events) => void this.log.push(events.map(({ seq }) => seq).join(" ")),
        overflow: () => void this.log.push("overflow"),
      },
      this.clock,
      this.abort.signal,
    );
  }

  #subscription(): Subscription {
    return {
      next: async (wake) => {
        if (this.#queue.length === 0 && this.#open) await Promise.race([this.#arrived.promise, wake]);
        this.#arrived = Promise.withResolvers();
        const given = this.#queue.shift();
        if (given instanceof Error) throw given;
        return given;
      },
      close: () => {
        if (!this.#open) return;
        this.#open = false;
        this.#queue.push(...this.lastWords);
        this.log.push("closed");
      },
    };
  }
}

test("it has begun before anything is waited for, and ends with the limit", async () => {
  const bench = new Bench();
  bench.events(1, 2);
  const end = bench.watch({ limit: 3, bindings: [{ port: 7, channel: { kind: "port", port: 7 } }], unmask: false });
  bench.events(3);
  assertEquals([await end, bench.log], ["limit", ["begun", "1 2", "3", "closed"]]);
  assertEquals(bench.wanted, { ports: new Set([7]), limit: 3, unmask: false });
  assertEquals(bench.clock.sleeping, 0);
});

test("a timeout ends it, and what was on its way is told", async () => {
  const bench = new Bench();
  bench.lastWords = [{ kind: "events", time: 0, events: [event(2)] }, { kind: "overflow", time: 0 }];
  const end = bench.watch({ timeout: 100, limit: 9 });
  bench.events(1);
  await settle();
  bench.clock.advance(99);
  await settle();
  assertEquals(bench.log, ["begun", "1"]);
  bench.clock.advance(1);
  assertEquals([await end, bench.log], ["timeout", ["begun", "1", "closed", "2", "overflow"]]);
  assertEquals(bench.clock.sleeping, 0);
});

test("without an event for so long it ends; each event begins the time anew", async () => {
  const bench = new Bench();
  const end = bench.watch({ idleTimeout: 100 });
  for (const seq of [1, 2, 3]) {
    await settle();
    bench.clock.advance(90);
    bench.events(seq);
    await settle();
  }
  bench.clock.advance(100);
  assertEquals([await end, bench.log], ["timeout", ["begun", "1", "2", "3", "closed"]]);
});

test("a signal ends it, before it has begun too", async () => {
  const bench = new Bench();
  const end = bench.watch();
  await settle();
  bench.abort.abort();
  assertEquals([await end, bench.log], ["aborted", ["begun", "closed"]]);
  const late = new Bench();
  late.abort.abort();
  late.lastWords = [{ kind: "events", time: 0, events: [event(1)] }];
  assertEquals([await late.watch(), late.log], ["aborted", ["begun", "closed", "1"]]);
});

test("what the handle fails with ends it, and it is closed", async () => {
  const bench = new Bench();
  bench.give(new DeviceError("watch", "EIO", "handle", "Cannot read events"));
  await assertRejects(() => bench.watch(), DeviceError, "Cannot read events: EIO");
  assertEquals([bench.log, bench.clock.sleeping], [["begun", "closed"], 0]);
});
