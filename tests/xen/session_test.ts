/**
 * Sessions on the real driver: ports that outlive the commands that bound them, and die with the session.
 *
 * A start takes seconds on an emulated host, so each process here shows several things.
 */
import { assertEquals } from "@std/assert";
import type { LocalDevice } from "../../lib/handle/device.ts";
import { serverOf } from "../session/load_harness.ts";
import { withShells } from "../support/session_shell.ts";
import { DEVICE, test, until } from "./device.ts";

const TBUF = 4;

/** What domain 0 has bound, as Xen's own tool says it: `port: what`. */
async function xenHas(): Promise<string[]> {
  const { stdout } = await new Deno.Command("lsevtchn", { args: ["0"], stderr: "null" }).output();
  return [...new TextDecoder().decode(stdout).matchAll(/^ *(\d+): VCPU \d+: (.*)$/gm)].map(([, port, what]) =>
    `${port}: ${what}`
  );
}

/** Whether a VIRQ can be bound; it is given back at once. */
function free(device: LocalDevice, virq: number): boolean {
  try {
    device.unbind(device.bindVirq(virq));
    return true;
  } catch {
    return false;
  }
}

test("session: the five commands of one shell, each its own process", () =>
  withShells(async (shells) => {
    const before = await xenHas();
    const script = `
      p=$(evtchn alloc-unbound 0) && q=$(evtchn bind-interdomain 0 $p)
      evtchn notify $q
      evtchn watch $p -n 1 -F "%c %n"
      evtchn unbind $q $p
      evtchn status --json`;
    assertEquals(await shells.run(`evtchn session run -d ${DEVICE} -- sh -c '${script}'`), {
      status: 0,
      stdout: '0:any 1\n{"op":"status","channels":[]}\n',
      stderr: "",
    });
    assertEquals([await xenHas(), shells.sockets()], [before, []]);
  }));

test("session: SIGKILL closes every port, clients are told, and the next start works", async (rig) => {
  const device = rig.open();
  await withShells(async (shells) => {
    const before = await xenHas();
    const { stdout } = await shells.run(`evtchn session start -d ${DEVICE} --json`);
    const socket: string = JSON.parse(stdout).session;
    const env = { EVTCHN_SESSION: socket };
    const watching = shells.start("exec evtchn watch virq:tbuf 0:any --banner", env);
    await watching.stderr.until(/watching port \d+ \(virq:tbuf\), port \d+ \(0:any\)\n/);
    const held = (await xenHas()).filter((each) => !before.includes(each)).map((each) => each.replace(/^\d+: /, ""));
    assertEquals(held.sort(), ["Interdomain (Waiting connection) - Remote Domain 0", `Virtual IRQ ${TBUF}`]);
    assertEquals(free(device, TBUF), false);
    Deno.kill(await serverOf(socket), "SIGKILL");
    assertEquals(await watching.end(), {
      status: 1,
      stdout: "",
      stderr: `evtchn: watch: Lost the session at "${socket}": ECONNRESET\n` +
        "hint: its process ended, and every port that it held is closed\n",
    });
    await until(() => free(device, TBUF));
    assertEquals(await xenHas(), before);
    const next = `
      evtchn notify 7
      eval "$(evtchn session start -d ${DEVICE})"
      evtchn bind-virq tbuf >/dev/null && evtchn status --json | sed 's/[0-9][0-9]*/7/'
      evtchn session stop`;
    const { stdout: out, stderr } = await shells.run(next, env);
    assertEquals([out, stderr.split("\n")[0]], [
      '{"op":"status","channels":[{"port":7,"channel":"virq:tbuf","kind":"virq","masked":false,"events":0,"status":"virq"}]}\n' +
      "unset EVTCHN_SESSION;\n",
      `evtchn: notify: Cannot reach the session at "${socket}": ECONNREFUSED`,
    ]);
    assertEquals([free(device, TBUF), await xenHas(), shells.sockets()], [true, before, []]);
  });
});
