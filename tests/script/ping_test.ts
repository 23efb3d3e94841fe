import { assertEquals } from "@std/assert";
import { runHostile } from "../hostile/machine.ts";
import { test } from "../support/test.ts";
import { failure, faults, lines, results } from "../support/scripts.ts";

/** A result without its times. */
const counts = ({ op, sent, answered, lost, line, error }: Record<string, unknown>) => ({
  op,
  sent,
  answered,
  lost,
  line,
  error,
});

test("a ping prints answers and a summary, leaves nothing bound, and uses the script's clock", async () => {
  const [first, , , , last, ping, status] = await results("ping --count 5\nstatus");
  assertEquals([first, last], [1, 5].map((seq) => ({ op: "ping", seq, duration_us: 0, line: 1 })));
  assertEquals(counts(ping), { op: "ping", sent: 5, answered: 5, lost: 0, line: 1, error: undefined });
  assertEquals(status, { op: "status", channels: [], line: 2 });
  const told = await lines("ping -n 2 --interval 1s -q");
  assertEquals(told.slice(0, 2), ["--- ping self ---", "2 sent, 2 answered, 0 lost"]);
});

test("a ping that nobody answers counts as failed", async () => {
  const [, first, second, ping, fault] = await results("p = alloc-unbound 1\nping -n 2 --timeout 10ms $p");
  assertEquals([first, second], [1, 2].map((seq) => ({ op: "ping", seq, timed_out: true, line: 2 })));
  assertEquals(counts(ping), { op: "ping", sent: 2, answered: 0, lost: 2, line: 2, error: undefined });
  assertEquals([fault.op, fault.error, fault.line], ["ping", "ETIMEDOUT", 2]);
  assertEquals(
    await failure("p = alloc-unbound 1; ping $p"),
    "1: ping $p: Cannot ping 1:any: ETIMEDOUT",
  );
});

test("channels that cannot be pinged are refused before anything runs", async () => {
  assertEquals(await faults("ping virq:tbuf; ping --timeout 0s; ping 1:9 1:10"), [
    "1: ping virq:tbuf: Cannot ping a VIRQ: nobody answers there",
    "1: ping --timeout 0s: Cannot wait 0 s for an answer: expected at least 1us",
    '1: ping 1:9 1:10: Cannot make sense of "1:10": there is a word too many',
  ]);
});

test("signals are handled during a ping without pauses, although the script's clock stands still", async () => {
  const words = ["run", "--simulator", "-e", "ping --count 4294967295 --interval 0s"];
  assertEquals((await runHostile(words, { patience: 5, signal: "SIGINT" })).status, 130);
});
