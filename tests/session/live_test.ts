import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../support/test.ts";
import { withShells } from "../support/session_shell.ts";

test("a ping in a session: a loopback that leaves nothing, and two domains", () =>
  withShells(async (shells) => {
    const script = `
      evtchn ping -q -n 20 --interval 0us | sed -n 2p
      evtchn status --json
      evtchn --as 1 ping --answer 0:any >port 2>/dev/null & answerer=$!
      while ! [ -s port ]; do :; done
      evtchn ping 1:$(cat port) -q -n 20 --interval 0us | sed -n 2p
      kill $answerer; wait $answerer; echo $?
      rm port`;
    const outcome = await shells.run(`cd ${shells.folder}; evtchn session run --simulator -- sh -c '${script}'`);
    assertEquals(outcome, {
      status: 0,
      stdout: '20 sent, 20 answered, 0 lost\n{"op":"status","channels":[]}\n20 sent, 20 answered, 0 lost\n143\n',
      stderr: "",
    });
  }));

test("a live table of a session shows the channels that it has, and events that others see too", () =>
  withShells(async (shells) => {
    const script = `
      p=$(evtchn alloc-unbound self); q=$(evtchn bind-interdomain self $p); u=$(evtchn alloc-unbound 5)
      evtchn watch $p -n 1 --quiet --banner 2>banner & watching=$!
      while ! [ -s banner ]; do :; done
      evtchn top --interval 20ms --sort port >table & looking=$!
      while ! [ -s table ]; do :; done
      evtchn notify $q
      wait $watching; echo $?
      while ! tail -n 3 table | grep -q "total 1"; do :; done
      kill $looking; wait $looking; echo $?
      tail -n 3 table; rm table banner`;
    const { status, stdout, stderr } = await shells.run(
      `cd ${shells.folder}; evtchn session run --simulator -- sh -c '${script}'`,
    );
    assertEquals([status, stderr], [0, ""]);
    const [watched, looked, ...lines] = stdout.trimEnd().split("\n");
    assertEquals([watched, looked], ["0", "143"]);
    assertEquals(
      lines.map((line) => line.replace(/^\S+Z| {2}[\d.]+\/s| {2}last .*$/g, "").trim()),
      ["port 27  self:any  total 1", "port 28  self:27  total 0", "port 29  5:any  total 0"],
    );
  }));

test("the end of a session ends a ping and a table with a line that says so", () =>
  withShells(async (shells) => {
    for (const words of ["top --interval 10ms", "ping --answer 5:any"]) {
      const { stdout } = await shells.run("evtchn session start --simulator --json");
      const env = { EVTCHN_SESSION: JSON.parse(stdout).session };
      await shells.run("evtchn alloc-unbound 5", env);
      const running = shells.start(`exec evtchn ${words}`, env);
      await running.stdout.until(/\n/);
      await shells.run("evtchn session stop", env);
      const { status, stderr } = await running.end();
      assertEquals(status, 1);
      assertMatch(stderr, /evtchn: (top|ping): Cannot .*session at ".*": (ESHUTDOWN|ECONNRESET)\nhint: .*closed\n$/);
    }
  }));
