/**
 * Round trips on the real driver: within one process, and between two.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { COMMAND, type Outcome, start } from "../support/process.ts";
import { DEVICE, test } from "./device.ts";

const ROUNDS = 1000;

const begin = (...words: string[]) => start(["--device", DEVICE, ...words], { command: COMMAND });

/** Puts lines among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(text: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", text, { append: true });
}

/** Checks that every request was answered in time, and tells the figures. */
function allAnswered(name: string, { status, stdout, stderr }: Outcome): void {
  tell(stdout);
  assertEquals([status, stderr], [0, ""]);
  assertMatch(stdout, new RegExp(`^--- ping ${name} ---\n${ROUNDS} sent, ${ROUNDS} answered, 0 lost\n`));
}

const FAST = ["-q", "-n", String(ROUNDS), "--interval", "0us", "--warmup", "50"];

test("ping: a channel to oneself answers every request", async () => {
  allAnswered("self", await begin("ping", ...FAST).end());
});

test("ping: another process answers every request, its first event none", async () => {
  const answerer = begin("ping", "--answer", "self:any");
  const port = (await answerer.stdout.until(/\n/)).trim();
  allAnswered(`self:${port}`, await begin("ping", `self:${port}`, ...FAST).end());
  answerer.process.kill("SIGTERM");
  const { status, stderr } = await answerer.end();
  assertEquals(status, 143);
  assertMatch(stderr, /^evtchn: answering on port \d+ \(self:any\) until a signal\nevtchn: answered 1050 events\n$/);
});
