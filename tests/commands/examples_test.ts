import { assert, assertEquals } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import type { Entry } from "../../lib/cli/verb.ts";
import { withShells } from "../support/session_shell.ts";
import { withSession } from "../support/sessions.ts";
import { Device, settle } from "../support/simulated.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

/** A dump. */
const NO_PORTS = "(XEN) Event channel information for domain 0:\n";

/** The verbs that `--help` shows, each with its examples. */
async function examples(wanted: (entry: Entry) => boolean): Promise<[name: string, examples: readonly string[]][]> {
  const shown = [...VERBS.values()].filter((entry) => entry.only !== "hidden" && entry.name !== "session");
  return await Promise.all(
    shown.filter(wanted).map(async ({ name, load }) => [name, (await load()).default.examples ?? []] as const),
  ) as [string, readonly string[]][];
}

const isStatement = ({ only }: Entry) => only === "script";

/** Their sessions are made by processes of their own. */
const inShells = ({ name }: Entry) => name === "session start" || name === "session run";

/** The words of an example as a shell splits them. */
function wordsOf(example: string): string[] {
  return [...example.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** A simulated host, a command on it, and what has to happen meanwhile. */
interface Running {
  readonly host: TestHost;
  readonly ended: Promise<number>;
}

/**
 * Lets time pass until a command ends. One that has no end is ended by ^C.
 *
 * @returns Its exit status.
 */
async function finish({ host, ended }: Running): Promise<number> {
  let over = false;
  void ended.finally(() => over = true);
  for (let second = 0; second < 100 && !over; second++) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // modules are loaded, sockets read
    await settle();
    host.clock.advance(1000);
  }
  if (!over) host.signal("SIGINT");
  return await ended;
}

/** Starts an example in a domain 0 to which domain 5 offers its port 12. */
function start(example: string): Running {
  const host = new TestHost();
  const guest = new Device(host.world.process(5));
  for (let port = 9; port <= 12; port++) assertEquals(guest.allocUnbound(0), port);
  Object.assign(host.variables, { EVTCHN_DEVICE: "sim:linux" });
  return { host, ended: host.start(wordsOf(example)) };
}

/** Starts an example in a domain 1 whose port 9 Xen made at boot. */
function startWithStatic(example: string): Running {
  const host = new TestHost();
  host.world.hypervisor.connectAtBoot([{ domain: 1, port: 9 }, { domain: 2, port: 11 }]);
  return { host, ended: host.start(["--simulator", "--as", "1", ...wordsOf(example)]) };
}

/** Starts an example on a shell's handle, whose port 28 is bound to its port 27. */
function startOnHandle(example: string): Running {
  const host = new TestHost();
  const handle = host.exec();
  assertEquals([handle.allocUnbound(0), handle.bindInterdomain(0, 27)], [27, 28]);
  host.variables.EVTCHN_FD = String(handle.fd);
  return { host, ended: host.start(wordsOf(example)) };
}

/** Starts an example in a session whose port 28 is bound to its port 27, and whose domain 1 has a vif. */
async function runInSession(example: string): Promise<number> {
  let status = -1;
  await withSession(async ({ socket }) => {
    const host = new TestHost();
    host.variables.EVTCHN_SESSION = socket;
    await host.ok("alloc-unbound self");
    await host.ok("bind-interdomain self 27");
    await host.ok("device vif 1 0");
    status = await finish({ host, ended: host.start(wordsOf(example)) });
  });
  return status;
}

/** Examples that only a signal ends. */
const ENDLESS = new Set([
  "bind-static 9",
  "bind-virq dom_exc",
  "bind-interdomain 5:12",
  "alloc-unbound 5",
  "watch virq:dom_exc 5:12",
  "top 5:12 virq:tbuf",
  "metrics --listen 9758",
  "ping --answer 0:any",
  "wiring --watch --interval 2s",
]);

const RECORDED = '{"event":"pending","time":"2026-01-02T03:04:05.678901Z","port":7,"channel":"5:12","seq":1}\n';

/** Examples that need something else; every other one runs as it stands. */
const OTHERWISE: Readonly<Record<string, (example: string) => Promise<number>>> = {
  "bind-static 9": (example) => finish(startWithStatic(example)),
  "bind-static 9 --hold 10s": (example) => finish(startWithStatic(example)),
  "unbind 27": (example) => finish(startOnHandle(example)),
  "unbind 27 28": (example) => finish(startOnHandle(example)),
  "notify 27 28": (example) => finish(startOnHandle(example)),
  "wait 27 --interval 1s": (example) => finish(startOnHandle(example)),
  "restrict 5 -- ./backend": (example) => finish(startOnHandle(example)),
  "read": (example) => finish(startOnHandle(example)),
  "read 64": (example) => finish(startOnHandle(example)),
  "doctor": checked,
  "doctor -q --timeout 500ms": checked,
  "status": runInSession,
  "status --json": runInSession,
  "session stop": runInSession,
  "session stop --json": runInSession,
  "top --sort total --refreshes 10": runInSession,
  async "wait 5:any --timeout 30s"(example) {
    const { host, ended } = start(example);
    await host.stderr.until(/waiting on port 27/);
    new Device(host.world.process(5)).bindInterdomain(0, 27);
    return await finish({ host, ended });
  },
  async "ping 5:12 --count 100 --interval 0us"(example) {
    const host = new TestHost();
    host.variables.EVTCHN_DEVICE = "sim:linux";
    const guest = new Device(host.world.process(5));
    for (let port = 9; port <= 11; port++) guest.allocUnbound(0);
    const answering = host.start("--as 5 ping --answer 0:any");
    await host.stdout.until(/12/);
    const status = await host.start(wordsOf(example));
    host.signal("SIGINT");
    assertEquals(await answering, 130);
    return status;
  },
  "decode dump.txt": withFile("dump.txt"),
  "decode -": withFile("-"),
  "decode --diff before.txt after.txt": withFile("before.txt", NO_PORTS, "after.txt"),
  "run probe.evtchn": withFile("probe.evtchn", "bind-virq tbuf\n"),
  "replay events.jsonl": withFile("events.jsonl", RECORDED),
  "replay - --map 5:12=1:any --speed 10": withFile("-", RECORDED),
  shell: leaving,
  "shell --simulator": leaving,
};

function withFile(
  name: string,
  text = NO_PORTS,
  other = name,
): (example: string) => Promise<number> {
  return (example) => {
    const { host, ended } = start("virqs");
    host.files[name] = host.files[other] = text;
    return ended.then(() => finish({ host, ended: host.start(wordsOf(example)) }));
  };
}

/** No time passes, so that no check takes too long. */
async function checked(example: string): Promise<number> {
  return await start(example).ended;
}

/** A prompt is left at once. */
async function leaving(example: string): Promise<number> {
  const { host, ended } = start(example);
  await (await host.prompted.promise).type(undefined);
  return await ended;
}

test("every verb has two examples or more", async () => {
  for (const [name, all] of await examples(() => true)) assert(all.length >= 2, `${name} has ${all.length}`);
});

test("every example of a command runs", async () => {
  for (const [name, all] of await examples((entry) => !isStatement(entry) && !inShells(entry))) {
    for (const example of all) {
      assert(`${example} `.startsWith(`${name} `), example);
      const anywhere = VERBS.get(name)!.only === "world" ? runInSession : (example: string) => finish(start(example));
      const run = OTHERWISE[example] ?? anywhere;
      assertEquals(await run(example), ENDLESS.has(example) ? 130 : 0, example);
    }
  }
});

/** What has to stand in front of a statement. */
const BEFORE: Readonly<Record<string, string>> = {
  "close": "open; ",
  "@1/b close": "@1/b open; ",
  "expect 27 within 1s": "p = alloc-unbound self; q = bind-interdomain self $p; notify $q; ",
  "expect virq:tbuf within 500ms": "p = bind-virq tbuf; raise tbuf; ",
};

test("every example of a statement runs", async () => {
  for (const [name, all] of await examples(isStatement)) {
    for (const example of all) {
      assert(` ${example} `.includes(` ${name} `), example);
      const { status, stderr } = await new TestHost().run([
        "run",
        "--simulator",
        "-e",
        (BEFORE[example] ?? "") + example,
      ]);
      assertEquals({ status, stderr }, { status: 0, stderr: "" }, example);
    }
  }
});

/** Makes the script that an example names. */
const HOST_FILE = `cd "$XDG_RUNTIME_DIR" && echo create 9 --name web > host.evtchn`;

test("the examples of session start and session run run", async () => {
  await withShells(async (shells) => {
    const run = async (name: string, lineOf: (example: string) => string) => {
      for (const example of (await VERBS.get(name)!.load()).default.examples!) {
        const { status, stderr } = await shells.run(`${HOST_FILE} && ${lineOf(example)}`, {
          EVTCHN_DEVICE: "sim:linux",
        });
        assertEquals({ status, stderr }, { status: 0, stderr: "" }, example);
      }
    };
    await run("session start", (example) => `eval "$(evtchn ${example})" && evtchn session stop`);
    await run("session run", (example) => `evtchn ${example}`);
  });
});
