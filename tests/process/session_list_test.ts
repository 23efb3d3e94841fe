import { assertEquals, assertMatch } from "@std/assert";
import { type Shells, withShells } from "../support/session_shell.ts";
import { bytes, withListener, withSession } from "../support/sessions.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

/** Sessions are looked for in the shells' own folders alone. */
const own = (shells: Shells) => ({ TMPDIR: shells.folder });

test("session list shows every session of the user, with ports by domain, and stop --all ends them", () =>
  withShells(async (shells) => {
    const { stdout, stderr, status } = await shells.run(
      `
      evtchn session list && evtchn session list --json
      eval "$(evtchn session start --simulator)"
      evtchn alloc-unbound 1 >$XDG_RUNTIME_DIR/port
      evtchn --as 1 bind-interdomain 0 $(cat $XDG_RUNTIME_DIR/port) >$XDG_RUNTIME_DIR/port
      unset EVTCHN_SESSION
      XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR/none evtchn session start -d sim:illumos >/dev/null 2>&1
      evtchn session list
      evtchn session list --json
      eval "$(evtchn session stop --all)"
      evtchn session list`,
      own(shells),
    );
    assertEquals([status, stderr], [0, ""]);
    const [head, first, second, ...records] = stdout.trimEnd().split("\n");
    assertEquals(head.split(/ +/), ["SESSION", "PID", "HOLDS", "CLIENTS", "SINCE", "PORTS"]);
    assertMatch(first, /\/run\/evtchn\/session-\w{8} +\d+ +sim:linux +0 +[\dT:-]{19}Z +1 of domain 0, 1 of domain 1$/);
    assertMatch(second, /\/evtchn-\w+\/session +\d+ +sim:illumos +0 +[\dT:-]{19}Z +0$/);
    const listed = records.map((line) => JSON.parse(line));
    assertEquals(listed.map(({ op, state, clients }) => [op, state, clients]), [
      ["session-list", "running", 0],
      ["session-list", "running", 0],
    ]);
    assertEquals(listed.map(({ session }) => session), [first, second].map((line) => line.split(" ")[0]));
    assertEquals(listed.map(({ bound }) => bound), [[{ domain: 0, count: 1 }, { domain: 1, count: 1 }], []]);
    assertEquals(shells.sockets(), []);
  }));

test("session stop --all prints a record each, and ends the session in EVTCHN_SESSION wherever it is", () =>
  withShells(async (shells) => {
    const elsewhere = `${shells.folder}/elsewhere`;
    await Deno.mkdir(elsewhere, { mode: 0o700 });
    const { stdout, stderr, status } = await shells.run(
      `
      XDG_RUNTIME_DIR=${elsewhere} evtchn session start --simulator >${elsewhere}/line; . ${elsewhere}/line
      evtchn session stop --all --json
      evtchn session stop --all`,
      own(shells),
    );
    assertEquals([status, stderr], [0, ""]);
    const [record, ...rest] = stdout.split("\n");
    const { op, session } = JSON.parse(record);
    assertEquals([op, session.startsWith(`${elsewhere}/evtchn/session-`)], ["session-stop", true]);
    assertEquals(rest, ["unset EVTCHN_SESSION;", ""]);
  }));

test("a session with a lifetime ends by itself, in the background and around a program", () =>
  withShells(async (shells) => {
    const { stdout, stderr } = await shells.run(
      `
      eval "$(evtchn session start --simulator --lifetime 10ms)"
      while test -e "$EVTCHN_SESSION"; do :; done
      unset EVTCHN_SESSION
      evtchn session run --simulator --lifetime 10ms -- sh -c 'while test -e "$EVTCHN_SESSION"; do :; done; echo gone'`,
      own(shells),
    );
    assertEquals(stdout, "gone\n");
    assertEquals(stderr, "evtchn: session run: the session has ended and its ports are closed; the program goes on\n");
    assertEquals(shells.sockets(), []);
  }));

test("a lifetime is some time, and --all names no session", async () => {
  const zero = await new TestHost().run(["session", "start", "--lifetime", "0s"]);
  assertEquals([zero.status, zero.stderr.split("\n")[0]], [
    2,
    'evtchn: session start: Cannot use "0s" as a lifetime: expected some time, such as 30m',
  ]);
  const both = await new TestHost().run(["session", "stop", "--all", "--session", "/tmp/x"]);
  assertEquals([both.status, both.stderr.split("\n")[0]], [
    2,
    "evtchn: session stop: Cannot use --all with --session: one names a session, the other means every one",
  ]);
});

test("session stop --all ends the sessions that it can, and reports the others", () =>
  withSession((session) =>
    withListener(async (conn) => {
      await conn.write(bytes('{"protocol":"evtchn-session","version":2}\n'));
    }, async (other) => {
      const host = new TestHost();
      host.sockets = [other, session.socket];
      const { status, stdout, stderr } = await host.run(["session", "stop", "--all"]);
      assertEquals([status, stdout], [1, "unset EVTCHN_SESSION;\n"]);
      assertEquals(
        stderr.split("\n")[0],
        `evtchn: session stop: Cannot reach the session at "${other}": EPROTONOSUPPORT`,
      );
      await session.server.ended;
      host.sockets = [other];
      assertEquals(
        (await host.run(["session", "list", "--json"])).stdout,
        [
          `{"op":"session-list","session":"${other}","state":"other-version","errno":"EPROTONOSUPPORT"}\n`,
        ].join(""),
      );
    })
  ));
