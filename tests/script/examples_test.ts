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
  assertEquals(examples.length, 8);
  for (const name of examples) {
    assertMatch(Deno.readTextFileSync(FOLDER + name), /^#!\/bin\/sh\n# [A-Z][^]+?\n\n/);
    assertEquals((Deno.statSync(FOLDER + name).mode! & 0o111) !== 0, true, name);
  }
});

test("waiting for a guest: 0 when it has bound the port, 124 when it has not in time", () =>
  withShells(async (shells) => {
    const script = `
      evtchn session run --simulator -- sh -c '
        { sh "${FOLDER}wait_for_guest.sh" 1 1m; echo "status $?"; } | {
          read port
          evtchn --as 1 bind-interdomain 0 $port
          cat
        }
        sh "${FOLDER}wait_for_guest.sh" 1 10ms'`;
    assertEquals(await shells.run(script), { status: 124, stdout: "9\nstatus 0\n28\n", stderr: "" });
    const alone = await shells.run(`sh '${FOLDER}wait_for_guest.sh' 1 10ms`, SIMULATOR);
    assertEquals(alone, { status: 124, stdout: "27\n", stderr: "" });
  }));

test("a check for cron turns 3 when a device breaks, 0 when it is cured, 1 when it cannot look", () =>
  withShells(async (shells) => {
    const script = `
      check() { sh '${FOLDER}check_wiring.sh' "$@" | grep -o 'nobody is bound to port [0-9]*'; }
      status() { sh '${FOLDER}check_wiring.sh' "$@" >/dev/null; echo $?; }
      evtchn create 8 --name web
      evtchn device vif web --fault unbound >/dev/null
      check; status; status 1
      evtchn store-rm /local/domain/8/device/vif/0
      evtchn store-rm /local/domain/0/backend/vif/8/0
      evtchn device vif web >/dev/null
      check; status`;
    await Deno.writeTextFile(`${shells.folder}/script`, script);
    const run = `evtchn session run --simulator -- sh '${shells.folder}/script'`;
    const stdout = "nobody is bound to port 9\n3\n0\n0\n";
    assertEquals(await shells.run(run), { status: 0, stdout, stderr: "" });
    const blind = { EVTCHN_DEVICE: "sim:linux?privcmd=no&xenstored=no" };
    const { status, stdout: said } = await shells.run(`sh '${FOLDER}check_wiring.sh'`, blind);
    assertEquals(status, 1);
    assertStringIncludes(said, "evtchn: wiring: ");
  }));

test("a VIRQ's handler, and its test on a simulated host", async () => {
  assertEquals(await example("virq_handler_test.sh"), { status: 0, stdout: "virq_handler.sh: ok\n", stderr: "" });
});

test("events a second", () =>
  withShells(async (shells) => {
    const script = `
      port=$(evtchn alloc-unbound self)
      sender=$(evtchn bind-interdomain self $port)
      evtchn notify $sender --count 1000 --interval 5ms &
      sh '${FOLDER}events_per_second.sh' $port 200ms 3
      kill $!; wait`;
    await Deno.writeTextFile(`${shells.folder}/script`, script);
    const { status, stdout, stderr } = await shells.run(
      `evtchn session run --simulator -- sh '${shells.folder}/script'`,
    );
    assertEquals([status, stderr], [0, ""]);
    assertMatch(stdout, /^(\d+(\.\d+)?\n){3}$/);
    assertEquals(stdout.split("\n").some((rate) => Number(rate) > 0), true, stdout);
  }));

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

test("a ping-pong of two domains", async () => {
  const { status, stdout, stderr } = await example("ping_pong.sh 25");
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.split("\n"), [
    "25 rounds",
    "PORT  CHANNEL  STATE        REMOTE           MASKED  EVENTS  NAME",
    "  27  1:any    interdomain  domain 1 port 9  no          25  guest1",
    "PORT  CHANNEL  BOUND AS     REMOTE            MASKED  EVENTS",
    "   9  0:27     interdomain  domain 0 port 27  no          26",
    "",
  ]);
});

test("a recording that is sent again shows what a slow consumer loses", () =>
  withShells(async (shells) => {
    const script = `
      port=$(evtchn alloc-unbound 1)
      guest=$(evtchn --as 1 bind-interdomain 0 $port)
      evtchn --as 1 notify $guest --count 1000 --interval 5ms &
      sh '${FOLDER}record_and_replay.sh' $port 3 recording.jsonl
      status=$?
      kill $!; wait
      exit $status`;
    await Deno.writeTextFile(`${shells.folder}/script`, script);
    const run = `cd '${shells.folder}'; evtchn session run --simulator -- sh ./script`;
    const { status, stdout, stderr } = await shells.run(run);
    const seen = Number(/^sent 3, seen ([1-3])\n$/.exec(stdout)?.[1]); // how many become one is a matter of timing
    assertEquals([status, stderr], [seen === 3 ? 0 : 3, ""], stdout);
    assertEquals((await shells.run(`sh '${FOLDER}record_and_replay.sh' 7 1 file`)).status, 2);
  }));
