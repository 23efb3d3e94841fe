import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "../support/test.ts";
import { type Shells, withShells } from "../support/session_shell.ts";

const FOLDER = new URL("../examples/", import.meta.url).pathname;
const SIMULATOR = { EVTCHN_DEVICE: "sim:linux" };

/** Runs an example on the simulator. */
function example(words: string, env: Readonly<Record<string, string>> = SIMULATOR) {
  return withOutcome((shells) => shells.run(`sh '${FOLDER}'${words}`, env));
}

async function withOutcome<T>(work: (shells: Shells) => Promise<T>): Promise<T> {
  let outcome: T;
  await withShells(async (shells) => {
    outcome = await work(shells);
  });
  return outcome!;
}

test("every example has a comment about its purpose", () => {
  const examples = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".sh"));
  assertEquals(examples.length, 6);
  for (const name of examples) {
    assertMatch(Deno.readTextFileSync(FOLDER + name), /^#!\/bin\/sh\n# [A-Z][^]+?\n\n/);
    assertEquals((Deno.statSync(FOLDER + name).mode! & 0o111) !== 0, true, name);
  }
});

test("waiting for a guest that connects", () =>
  withShells(async (shells) => {
    const script = `
      evtchn session run --simulator -- sh -c '
        { sh "${FOLDER}wait_for_guest.sh" 1 1m; echo "status $?"; } | {
          read port
          guest=$(evtchn --as 1 bind-interdomain 0 $port)
          evtchn --as 1 notify $guest
          cat
        }'`;
    assertEquals(await shells.run(script), { status: 0, stdout: "status 0\n", stderr: "" });
  }));

test("waiting for a guest that does not connect", async () => {
  const { status, stdout, stderr } = await example("wait_for_guest.sh 1 5m");
  assertEquals([status, stdout], [1, "27\n"]);
  assertStringIncludes(stderr, "Cannot see an event of port 27 within 5m: ETIMEDOUT");
  assertEquals((await example("wait_for_guest.sh")).status !== 0, true);
});

test("a health check: exit status only", async () => {
  assertEquals(await example("health_check.sh"), { status: 0, stdout: "", stderr: "" });
  const broken = { EVTCHN_DEVICE: "/dev/null" };
  assertEquals(await example("health_check.sh", broken), { status: 1, stdout: "", stderr: "" });
});

test("a backend's handshake", async () => {
  const { status, stdout, stderr } = await example("backend_handshake.sh");
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.split("\n"), [
    "backend: domain 1 may bind port 27",
    "backend: the frontend is there",
    "frontend: the backend is connected",
    "28",
    "backend: the guest is gone",
    "",
  ]);
});

test("watching several VIRQs at once", async () => {
  assertEquals(await example("watch_virqs.sh", { ...SIMULATOR, REHEARSE: "raise mem_event; sleep 1s; raise tbuf" }), {
    status: 0,
    stdout: "2026-01-01T00:00:01.000000Z virq:mem_event\n2026-01-01T00:00:01.000000Z virq:tbuf\n",
    stderr: "",
  });
  const { status, stderr } = await example("watch_virqs.sh tbuf timer");
  assertEquals([status, stderr.split("\n")[0]], [
    1,
    "evtchn: run: -:2: port = bind-virq timer: Cannot bind virq:timer: EEXIST",
  ]);
});

test("a ping-pong of two domains", async () => {
  const { status, stdout, stderr } = await example("ping_pong.sh 25");
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.split("\n"), [
    "25 rounds",
    "PORT  CHANNEL  STATE        REMOTE           MASKED  EVENTS",
    "  27  1:any    interdomain  domain 1 port 9  no          25",
    "PORT  CHANNEL  BOUND AS     REMOTE            MASKED  EVENTS",
    "   9  0:27     interdomain  domain 0 port 27  no          26",
    "",
  ]);
});

test("a lost event, reproduced from a recording", () =>
  withShells(async (shells) => {
    const script =
      `evtchn session run --simulator -- sh '${FOLDER}replay_lost_event.sh' '${FOLDER}recording.jsonl' 5:12`;
    assertEquals(await shells.run(script), { status: 1, stdout: "sent 4, seen 2\n", stderr: "" });
  }));
