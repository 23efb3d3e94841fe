/** A simulated host that several shells share: what a script under test would see of a real one. */
import { assertEquals, assertMatch } from "@std/assert";
import { type Shells, withShells } from "../support/session_shell.ts";
import { test } from "../support/test.ts";

const WORLD = `
create 9 --name web
device vif web
p = alloc-unbound web
@9 bind-interdomain Domain-0:$p
print offered $p
bind-virq dom_exc`;

/** Writes a script, and gives the words that start a session with it. */
async function world(shells: Shells, text: string): Promise<string> {
  await Deno.writeTextFile(`${shells.folder}/world`, text);
  return `evtchn session start --simulator --world '${shells.folder}/world'`;
}

test("processes of one shell watch a simulated host while others break it, and cure it", () =>
  withShells(async (shells) => {
    const { stdout } = await shells.run(`${await world(shells, WORLD)} --json`);
    const env = { EVTCHN_SESSION: JSON.parse(stdout.split("\n")[0]).session };
    const check = async () => (await shells.run("evtchn wiring web -q >/dev/null 2>&1", env)).status === 0;
    const wiring = shells.start("exec evtchn wiring --watch web", env);
    const exceptions = shells.start("exec evtchn watch virq:dom_exc -n 1 -t none --banner", env);
    await wiring.stdout.until(/4 channels, all ok/);
    await exceptions.stderr.until(/watching/);
    assertEquals(await check(), true);

    await shells.run("evtchn --as web store-write device/vif/0/state 6", env);
    assertMatch(await wiring.stdout.until(/Closed/), /vif\/0 event-channel-tx .* waiting/);
    assertEquals(await check(), false);
    await shells.run("evtchn --as web store-write device/vif/0/state 4", env);
    assertMatch(await wiring.stdout.until(/ok/), /vif\/0/);
    assertEquals(await check(), true);

    await shells.run("evtchn device vbd web --fault closed", env);
    await wiring.stdout.until(/vbd\/51712 .* closed/);
    const svg = await shells.run("evtchn wiring web --format svg", env);
    assertMatch(svg.stdout, /<svg[^]*Domain 9 \(web\)[^]*>vbd\/51712<[^]*<\/svg>/);

    const guest = shells.start("exec evtchn --as web watch --banner", env);
    await guest.stderr.until(/watching/);
    assertEquals(await shells.run("evtchn destroy web", env), { status: 0, stdout: "", stderr: "" });
    await wiring.stdout.until(/vbd\/51712 .* removed/);
    assertEquals(await exceptions.end(), { status: 0, stdout: "port 32  virq:dom_exc  #1\n", stderr: "" });
    const { status, stderr } = await guest.end();
    assertEquals([status, stderr], [1, "evtchn: watch: Cannot go on: domain 9 was destroyed: ENODEV\n"]);
    await wiring.endsBy("SIGINT", 130);
  }));

test("what a world's script binds stays in the session; what it prints leaves stdout to eval", () =>
  withShells(async (shells) => {
    const script = `
      eval "$(${await world(shells, WORLD)})"
      evtchn status
      evtchn --as web status
      eval "$(evtchn session stop)"`;
    assertEquals(await shells.run(script), {
      status: 0,
      stdout: [
        "PORT  CHANNEL       STATE        REMOTE            MASKED  EVENTS",
        "  31  9:any         interdomain  domain 9 port 11  no           0",
        "  32  virq:dom_exc  virq         Xen               no           0",
        "PORT  CHANNEL  BOUND AS     REMOTE            MASKED  EVENTS",
        "  11  0:31     interdomain  domain 0 port 31  no           0",
        "",
      ].join("\n"),
      stderr: "vif/0 9 10\n11\noffered 31\n32\n",
    });
    const run = `evtchn session run --simulator --world '${shells.folder}/world' -- sh -c 'evtchn list web; exit 7'`;
    const { status, stdout } = await shells.run(run);
    assertEquals([status, stdout.split("\n").length], [7, 13]);
    assertEquals(shells.sockets(), []);
  }));

test("a world's script with a fault starts no session: status 2 before it runs, 1 where a statement fails", () =>
  withShells(async (shells) => {
    const file = `${shells.folder}/world`;
    const start = async (text: string) => {
      const { status, stdout, stderr } = await shells.run(await world(shells, text));
      assertEquals([stdout, shells.sockets()], ["", []]);
      return [status, ...stderr.replaceAll(file, "FILE").split("\n")];
    };
    assertEquals(await start("create 9\nnotfy 7\n@1/b status"), [
      2,
      'evtchn: session start: FILE:2: notfy 7: There is no verb "notfy"',
      "hint: did you mean notify?",
      "evtchn: session start: FILE:3: @1/b status: Cannot use @1/b in a session: it holds one handle for each domain",
      "",
    ]);
    assertEquals(await start("create 9\ndestroy 10"), [
      1,
      "evtchn: session start: FILE:2: destroy 10: Cannot destroy domain 10: ESRCH",
      "hint: there is no such domain",
      "",
    ]);
    const run = await shells.run(`evtchn session run --simulator --world '${file}' -- echo no`);
    assertEquals([run.status, run.stdout], [1, ""]);
    assertEquals(await shells.run(`evtchn session start -d /dev/xen/evtchn --world '${file}'`), {
      status: 2,
      stdout: "",
      stderr: "evtchn: session start: Cannot use --world with a real device\n" +
        "hint: it makes a simulated host: add --simulator\n",
    });
  }));
