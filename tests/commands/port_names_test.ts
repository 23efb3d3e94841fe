/** `top`, `status` and `watch --names` say whose a port is. */

import { assert, assertEquals } from "@std/assert";
import { lines } from "../support/scripts.ts";
import { withShells } from "../support/session_shell.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

/** A host whose guest web has a vif, of which nobody is bound to the transmit channel: domain 1's port 9. */
async function hostWithVif(options: ConstructorParameters<typeof TestHost>[0] = {}): Promise<TestHost> {
  const host = new TestHost(options);
  host.world.writeStore(1, "name", "web");
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "unbound" });
  return host;
}

/** Lets intervals of a table end until it shows `wanted`: nobody waits for names. */
async function tickUntil(host: TestHost, wanted: () => boolean): Promise<void> {
  while (!wanted()) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // modules are loaded meanwhile
    host.clock.advance(1000);
    await settle();
  }
}

/** Runs `top` until a line has a name, and returns that line. */
async function topped(host: TestHost, line: string): Promise<string> {
  const ended = host.start(line);
  await host.clock.asleep();
  await tickUntil(host, () => host.stdout.text.includes("web"));
  host.signal("SIGINT");
  assertEquals([await ended, host.stderr.text], [130, ""]);
  return host.stdout.text.split("\n").at(-2)!;
}

/** Runs a watch until its first event, the one that binding causes. */
async function watched(host: TestHost, line: string | readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await host.run(line);
  assertEquals([status, stderr], [0, ""]);
  return stdout;
}

const NAMES = { remote_name: "web", device: "vif/0", device_domain: 1, key: "event-channel-tx" };

test("top shows the guest, the device and which of its channels a port is", async () => {
  const host = await hostWithVif();
  assert((await topped(host, "--simulator top 1:9")).endsWith("  last -  web vif/0 tx"));
  const { remote_name, device, device_domain, key } = JSON.parse(
    await topped(await hostWithVif(), "--simulator top 1:9 --json"),
  );
  assertEquals({ remote_name, device, device_domain, key }, NAMES);
});

test("on a screen top has a column for the names, and gives it up before the rate on a narrow one", async () => {
  const host = await hostWithVif();
  host.stdout.terminal = true;
  host.variables.NO_COLOR = "1";
  const ended = host.start("--simulator top 1:9 virq:tbuf");
  await host.screen.until(/q quit/);
  await tickUntil(host, () => /web/.test(host.screen.frame[2]));
  const rows = () => host.screen.frame.slice(1, 4);
  assertEquals(rows().map((line) => line.slice(0, 63).trimEnd()), [
    "  PORT  CHANNEL    NAME          EVENTS/S       TOTAL    LAST",
    "    28  1:9        web vif/0 tx       0.0           0       -",
    "    29  virq:tbuf                     0.0           0       -",
  ]);
  host.screen.resize(45, 6);
  assertEquals(rows()[1], "    28  1:9        web vif/0 tx       0.0");
  host.screen.resize(30, 6);
  assertEquals(rows()[1], "    28  1:9             0.0");
  host.screen.type("q");
  assertEquals(await ended, 0);
});

test("where Xen or xenstore cannot be asked top has no names, and no error", async () => {
  for (const options of [{ privcmd: "no" }, { xenstored: "no" }] as const) {
    const host = options.privcmd === "no" ? await hostWithVif(options) : new TestHost(options);
    const channel = options.privcmd === "no" ? "1:9" : "1:any";
    const ended = host.start(`--simulator top ${channel} -n 5`);
    await host.clock.asleep();
    await tickUntil(host, () => host.stdout.text.split("\n").length > 5);
    assertEquals([await ended, host.stderr.text], [0, ""]);
    assert(host.stdout.text.trimEnd().split("\n").every((line) => line.endsWith("  last -")), host.stdout.text);
  }
});

test("watch --names adds them to the line, to the record, and to a format as %N", async () => {
  const line = "--simulator watch 1:9 -n 1 --names";
  assertEquals(
    await watched(await hostWithVif(), `${line} -t none`),
    "port 28  1:9  #1  initial: caused by the bind  web vif/0 tx\n",
  );
  const record = JSON.parse(await watched(await hostWithVif(), `${line} --json`));
  assertEquals(record, { ...record, event: "pending", port: 28, ...NAMES });
  assertEquals(await watched(await hostWithVif(), [...line.split(" "), "-F", "%p %N"]), "28 web vif/0 tx\n");
});

test("without --names a watch asks nobody, and %N is refused", async () => {
  const host = await hostWithVif();
  const { stderr, stdout } = await host.run("--simulator --trace watch 1:9 -n 1 -t none");
  assertEquals([stdout, stderr.includes("privcmd")], ["port 28  1:9  #1  initial: caused by the bind\n", false]);
  const refused = await host.run("--simulator watch 1:9 -F %N");
  assertEquals([refused.status, refused.stderr.split("\n")[0]], [2, "evtchn: watch: Cannot use %N without --names"]);
});

test("a watch whose host tells no names prints its lines without them", async () => {
  const host = await hostWithVif({ privcmd: "no" });
  const line = await watched(host, "--simulator watch 1:9 -n 1 -t none --names");
  assertEquals(line, "port 28  1:9  #1  initial: caused by the bind\n");
  assertEquals(await watched(await hostWithVif({ privcmd: "no" }), "--simulator watch 1:9 -n 1 --names -F %N"), "-\n");
});

test("status shows the names of a port's guest and device", async () => {
  assertEquals(await lines("device vif 1 --fault unbound; p = bind-interdomain 1:9; status"), [
    "vif/0 9 10",
    "PORT  CHANNEL  STATE        REMOTE           MASKED  EVENTS  NAME",
    "  28  1:9      interdomain  domain 1 port 9  no           0  guest1 vif/0 tx",
  ]);
});

test("what a guest calls itself and its devices neither acts on the terminal nor fills it", async () => {
  const host = await hostWithVif();
  host.world.writeStore(1, "name", "\u001b[2Jweb" + "b".repeat(500));
  const line = await watched(host, "--simulator watch 1:9 -n 1 -t none --names");
  assertEquals(line, `port 28  1:9  #1  initial: caused by the bind  \\x1b[2Jweb${"b".repeat(30)}... vif/0 tx\n`);
});

test("status and watch --names in a session ask through the session", () =>
  withShells(async (shells) => {
    const script = `evtchn device vif 1 --fault unbound >/dev/null
      p=$(evtchn bind-interdomain 1:9)
      evtchn watch $p -n 1 -t none --names
      evtchn status --json`;
    const { stdout, stderr } = await shells.run(`evtchn session run --simulator -- sh -c '${script}'`);
    assertEquals(stderr, "");
    const [event, status] = stdout.split("\n");
    assertEquals(event, "port 28  1:9  #1  initial: caused by the bind  guest1 vif/0 tx");
    const { remote_name, device, key } = JSON.parse(status).channels[0];
    assertEquals([remote_name, device, key], ["guest1", "vif/0", "event-channel-tx"]);
  }));
