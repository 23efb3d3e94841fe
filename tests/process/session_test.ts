import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { test } from "../support/test.ts";
import { serverOf } from "../session/load_harness.ts";
import { type Shells, withShells } from "../support/session_shell.ts";

/** An error: action, object, errno, and a hint. */
const GONE = (socket: string, errno: string) => `Cannot reach the session at "${socket}": ${errno}\n`;

/** Kills a session and waits until its socket refuses connections, which may take a moment. */
async function kill(socket: string): Promise<void> {
  Deno.kill(await serverOf(socket), "SIGKILL");
  let error: unknown;
  while (!(error instanceof Deno.errors.ConnectionRefused)) {
    error = await Deno.connect({ transport: "unix", path: socket }).then((conn) => conn.close(), (error) => error);
  }
}

/** Waits for what another process does, for ten seconds at most. */
async function until(what: string, happened: () => boolean): Promise<void> {
  for (let left = 1000; !happened(); left--) {
    assert(left > 0, `${what} does not happen`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function linkOf(pid: number, fd: string): string {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "closed";
  }
}

/** Starts a session on the simulator. Returns its socket and the process that serves it. */
async function begin(shells: Shells): Promise<{ socket: string; env: { EVTCHN_SESSION: string } }> {
  const { stdout, stderr, status } = await shells.run("evtchn session start --simulator --json");
  assertEquals([status, stderr], [0, ""]);
  const { op, session } = JSON.parse(stdout);
  assertEquals([op, session.startsWith(`${shells.runtime}/evtchn/session-`)], ["session-start", true]);
  return { socket: session, env: { EVTCHN_SESSION: session } };
}

test("five commands of one shell, each in its own process, share a session", () =>
  withShells(async (shells) => {
    const script = `
      p=$(evtchn alloc-unbound 0) && q=$(evtchn bind-interdomain 0 $p) && echo $p $q
      evtchn notify $q
      evtchn watch $p -n 1 -t none
      evtchn unbind $q $p
      evtchn status --json`;
    assertEquals(await shells.run(`evtchn session run --simulator -- sh -c '${script}'`), {
      status: 0,
      stdout: '27 28\nport 27  0:any  #1\n{"op":"status","channels":[]}\n',
      stderr: "",
    });
    assertEquals(shells.sockets(), []);
  }));

test("the same with a second domain, in a session started by the shell", () =>
  withShells(async (shells) => {
    const script = `
      eval "$(evtchn session start --simulator)"
      p=$(evtchn alloc-unbound 1)
      q=$(evtchn --as 1 bind-interdomain 0 $p)
      evtchn --as 1 notify $q
      evtchn watch $p -n 1 -t none
      evtchn --as 1 watch 0:$p -n 1 -t none
      evtchn status
      evtchn --as 1 status
      evtchn --as 1 unbind $q
      evtchn unbind $p
      eval "$(evtchn session stop)"
      echo "<$EVTCHN_SESSION>"`;
    assertEquals(await shells.run(script), {
      status: 0,
      stdout: [
        "port 27  1:any  #1",
        "@1 port 9  0:27  #1  initial: caused by the bind",
        "PORT  CHANNEL  STATE        REMOTE           MASKED  EVENTS",
        "  27  1:any    interdomain  domain 1 port 9  no           1",
        "PORT  CHANNEL  BOUND AS     REMOTE            MASKED  EVENTS",
        "   9  0:27     interdomain  domain 0 port 27  no           1",
        "<>",
        "",
      ].join("\n"),
      stderr: "",
    });
    assertEquals(shells.sockets(), []);
  }));

test("session run passes on the program's exit status, also after a signal or if it cannot run", () =>
  withShells(async (shells) => {
    const run = async (words: string) => (await shells.run(`evtchn --simulator session run -- ${words}`));
    assertEquals((await run("sh -c 'exit 7'")).status, 7);
    assertEquals((await run("sh -c 'kill -TERM $$'")).status, 143);
    assertEquals(await run("/none"), {
      status: 127,
      stdout: "",
      stderr: 'evtchn: session run: Cannot run "/none": there is no such program\n',
    });
    const running = shells.start("exec evtchn session run --simulator -- sh -c 'echo up; exec sleep 1000'");
    await running.stdout.until(/up\n/);
    await running.endsBy("SIGTERM", 143);
    assertEquals(shells.sockets(), []);
  }));

test("session run waits for a program that handles a signal itself, and passes its status on", () =>
  withShells(async (shells) => {
    for (const signal of ["SIGTERM", "SIGHUP"] as const) {
      const program = `trap "sleep 3; evtchn bind-virq tbuf; exit 9" TERM HUP; echo up; while :; do sleep 0.1; done`;
      const running = shells.start(`exec evtchn session run --simulator -- sh -c '${program}'`);
      await running.stdout.until(/up\n/);
      running.process.kill(signal);
      assertEquals(await running.end(), { status: 9, stdout: "27\n", stderr: "" });
      assertEquals(shells.sockets(), []);
    }
  }));

test("session run says that its session has ended when its program goes on without it", () =>
  withShells(async (shells) => {
    const ends = {
      "evtchn session stop": "unset EVTCHN_SESSION;\n",
      'rm "$EVTCHN_SESSION"': "",
    };
    const env = { GO: `${shells.folder}/go` };
    await shells.run('mkfifo "$GO"', env);
    for (const [end, stdout] of Object.entries(ends)) {
      const running = shells.start(
        `exec evtchn session run --simulator -- sh -c '${end}; read line < "$GO"; exit 6'`,
        env,
      );
      await running.stderr.until(/^evtchn: session run: the session has ended .*; the program goes on\n/);
      await shells.run('echo > "$GO"', env);
      assertEquals(await running.end(), { status: 6, stdout, stderr: "" });
    }
  }));

test("^C at the terminal reaches the program of session run once, and the session lives as long as the program", () =>
  withShells(async (shells) => {
    const program = `trap 'n=x$n' INT; echo up; until [ "$n" ]; do sleep 0.1; done; sleep 1; evtchn bind-virq tbuf
      echo "got <$n>"; exit 5`;
    await Deno.writeTextFile(`${shells.folder}/program`, program);
    const inside = 'trap : INT; evtchn session run --simulator -- sh "$PROGRAM"; echo "status $?"';
    const running = shells.start(
      `(until [ -e "$PROGRAM.go" ]; do sleep 0.1; done; printf '\\003'; until [ -e "$PROGRAM.done" ]; do sleep 0.1; done) |
        script -qec '${inside}' /dev/null`,
      { PROGRAM: `${shells.folder}/program`, SHELL: "/bin/sh" },
    );
    await running.stdout.until(/up\r\n/);
    await Deno.writeTextFile(`${shells.folder}/program.go`, "");
    assertMatch(await running.stdout.until(/status \d+\r\n/), /27\r\ngot <x>\r\nstatus 5\r\n/);
    await Deno.writeTextFile(`${shells.folder}/program.done`, "");
    await running.end();
    assertEquals(shells.sockets(), []);
  }));

test("another program's dead socket in EVTCHN_SESSION stays where it is", () =>
  withShells(async (shells) => {
    const socket = `${shells.runtime}/daemon.sock`;
    const daemon = `Deno.listen({ transport: "unix", path: "${socket}" }); Deno.kill(Deno.pid, "SIGKILL")`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", daemon] }).output();
    for (const words of ["start --simulator --json", "stop"]) {
      const { stdout } = await shells.run(`evtchn session ${words}`, { EVTCHN_SESSION: socket });
      assertEquals([stdout !== "", Deno.lstatSync(socket).isSocket], [true, true]);
    }
  }));

test("a second session start is refused while the session runs, and changes nothing", () =>
  withShells(async (shells) => {
    const { socket, env } = await begin(shells);
    assertEquals(await shells.run("evtchn session start --simulator", env), {
      status: 1,
      stdout: "",
      stderr: `evtchn: session start: Cannot start a session beside the one at "${socket}": EEXIST\n` +
        "hint: `evtchn session stop` ends it; unset EVTCHN_SESSION to leave it and start another\n",
    });
    assertEquals((await shells.run("evtchn bind-virq tbuf", env)).stdout, "27\n");
    assertEquals(await shells.run("evtchn session stop", env), {
      status: 0,
      stdout: "unset EVTCHN_SESSION;\n",
      stderr: "",
    });
  }));

test("a session that cannot start reports the same error as a handle in this process", () =>
  withShells(async (shells) => {
    const { stderr: own } = await shells.run("evtchn -d /none bind-virq tbuf");
    const { status, stdout, stderr } = await shells.run("evtchn session start -d /none");
    assertEquals([status, stdout, stderr], [1, "", own.replace("bind-virq", "session start")]);
    assertEquals((await shells.run("evtchn session start -d sim:none")).status, 2);
    assertEquals((await shells.run("evtchn session start --simulator --session x")).status, 2);
    assertEquals((await shells.run("evtchn session start --simulator --trace")).status, 2);
    assertEquals((await shells.run("evtchn session run --simulator")).status, 2);
    assertEquals((await shells.run("evtchn session stop")).status, 2);
    assertEquals(
      (await shells.run("evtchn session --simulator")).stderr.split("\n")[0],
      "evtchn: session: Cannot do anything with a session without a command",
    );
    await Deno.mkdir(`${shells.runtime}/evtchn`, { mode: 0o755 });
    const refused = await shells.run("evtchn session start --simulator");
    assertMatch(refused.stderr, /evtchn": EACCES\nhint: others may enter its folder/);
    assertEquals(shells.sockets(), []);
  }));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends a session: watchers are told, the socket is gone`, () =>
    withShells(async (shells) => {
      const { socket, env } = await begin(shells);
      const watching = shells.start("exec evtchn watch virq:tbuf --banner", env);
      await watching.stderr.until(/watching port 27 \(virq:tbuf\)\n/);
      Deno.kill(await serverOf(socket), signal);
      const { status, stdout, stderr } = await watching.end();
      assertEquals([status, stdout], [1, ""]);
      assertEquals(
        stderr,
        `evtchn: watch: Cannot go on with the session at "${socket}": ESHUTDOWN\n` +
          "hint: somebody stopped it: every port that it held is closed\n",
      );
      const { status: after, stderr: says } = await shells.run("evtchn notify 27", env);
      assertEquals([after, says.split("hint")[0]], [1, `evtchn: notify: ${GONE(socket, "ENOENT")}`]);
      assertEquals(shells.sockets(), []);
    }));
}

test("SIGKILL of a session: clients get a clear error, the next start takes its place", () =>
  withShells(async (shells) => {
    const { socket, env } = await begin(shells);
    const watching = shells.start("exec evtchn watch virq:tbuf --banner", env);
    await watching.stderr.until(/watching .*\n/);
    await kill(socket);
    const { status, stderr } = await watching.end();
    assertEquals([status, stderr], [
      1,
      `evtchn: watch: Lost the session at "${socket}": ECONNRESET\n` +
      "hint: its process ended, and every port that it held is closed\n",
    ]);
    const notify = await shells.run("evtchn notify 27", env);
    assertEquals(notify, {
      status: 1,
      stdout: "",
      stderr: `evtchn: notify: ${GONE(socket, "ECONNREFUSED")}` +
        "hint: its process is gone, and its ports with it: `evtchn session start` starts another\n",
    });
    const restarted = await shells.run(
      'eval "$(evtchn session start --simulator)"; evtchn bind-virq tbuf; evtchn session stop',
      env,
    );
    assertEquals([restarted.status, restarted.stdout], [0, "27\nunset EVTCHN_SESSION;\n"]);
    assertEquals(shells.sockets(), []);
  }));

test("stopping a session that is gone says so and still prints the unset command", () =>
  withShells(async (shells) => {
    const { socket, env } = await begin(shells);
    await kill(socket);
    const stopped = await shells.run("evtchn session stop", env);
    assertEquals([stopped.status, stopped.stdout], [1, "unset EVTCHN_SESSION;\n"]);
    assert(stopped.stderr.startsWith(`evtchn: session stop: ${GONE(socket, "ECONNREFUSED")}`), stopped.stderr);
    assertEquals(shells.sockets(), []);
  }));

test("a session keeps no descriptor of its starter but --fd N, and is in the root folder", () =>
  withShells(async (shells) => {
    const lock = `${shells.folder}/lock`;
    const script = `cd "${shells.folder}"; exec 7<>/dev/null 8<"${lock}" 9>"${lock}"; flock 9
      evtchn session start --json "$@"; exec 9>&-; flock -n "${lock}" echo free`;
    await Deno.writeTextFile(lock, "");
    await Deno.writeTextFile(`${shells.folder}/script`, script);
    for (const option of ["--simulator", "-d null"]) {
      await Deno.symlink("/dev/null", `${shells.folder}/null`).catch(() => {});
      const { stdout, stderr } = await shells.run(`sh ${shells.folder}/script ${option}`);
      const [record, free] = stdout.split("\n");
      assertEquals([stderr, free], ["", "free"], option);
      const { session, pid } = JSON.parse(record);
      assertEquals(Deno.readLinkSync(`/proc/${pid}/cwd`), "/");
      const open = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => `${name} ${linkOf(pid, name)}`);
      assertEquals(open.filter((each) => each.includes(lock)), []);
      assertEquals(open.includes("7 /dev/null"), false);
      await shells.run(`evtchn session stop --session ${session}`);
    }
    // Its process has the descriptor, which is no event-channel device.
    const { stderr } = await shells.run(`sh ${shells.folder}/script --fd 7`);
    assertEquals(JSON.parse(stderr).message, "Cannot use descriptor 7: ENOTTY");
  }));

test("a session outlives the shell that started it and the end of its terminal", () =>
  withShells(async (shells) => {
    const { stdout } = await shells.run("setsid sh -c 'evtchn session start --simulator --json; kill -HUP 0'");
    const env = { EVTCHN_SESSION: JSON.parse(stdout).session };
    assertEquals((await shells.run("evtchn bind-virq tbuf", env)).stdout, "27\n");
    assertEquals((await shells.run("evtchn session stop", env)).status, 0);
  }));

test("a session ends by itself when its socket is gone or is another's", () =>
  withShells(async (shells) => {
    const changes = ['rm -r "$XDG_RUNTIME_DIR/evtchn"', 'mv "$SOCKET" "$SOCKET.old" && : > "$SOCKET"'];
    for (const change of changes) {
      const { socket, env } = await begin(shells);
      const watching = shells.start("exec evtchn watch virq:tbuf --banner", env);
      await watching.stderr.until(/watching .*\n/);
      await shells.run(change, { SOCKET: socket });
      const { status, stderr } = await watching.end();
      assertEquals([status, /ESHUTDOWN/.test(stderr)], [1, true]);
    }
    await shells.run('rm -r "$XDG_RUNTIME_DIR/evtchn"');
  }));

test("the record of session start names the process that serves it", () =>
  withShells(async (shells) => {
    const { stdout } = await shells.run("evtchn session start --simulator --json");
    const { session, pid } = JSON.parse(stdout);
    assertEquals(pid, await serverOf(session));
  }));

test("session start leaves no session behind whose socket it cannot tell", () =>
  withShells(async (shells) => {
    const full = await shells.run("evtchn session start --simulator > /dev/full");
    assertEquals([full.status, full.stderr], [1, "evtchn: session start: Cannot write the output: ENOSPC\n"]);
    const closed = await shells.run("evtchn session start --simulator --json | :");
    assertEquals(closed.stderr, "");
    assertEquals(shells.sockets(), []);
    await assertRejects(() => serverOf(`${shells.runtime}/evtchn/`), Error, "Nobody listens");
  }));

test("a session ends whose starter is killed before it has told the socket", () =>
  withShells(async (shells) => {
    const full = `mkfifo "${shells.folder}/full"; exec 9<>"${shells.folder}/full"
      dd if=/dev/zero bs=4096 count=16 >&9 2>/dev/null; exec evtchn session start --simulator >&9`;
    const runtime = shells.runtime.slice(1); // relative, so that the starter says so once it knows the socket
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const starter = shells.start(full, { XDG_RUNTIME_DIR: runtime, TMPDIR: shells.folder });
      await starter.stderr.until(/relative path/);
      const server = await serverOf(`${runtime}/evtchn/`);
      starter.process.kill(signal);
      await starter.end();
      await until("the end of the session", () => linkOf(server, "0") === "closed");
      await Deno.remove(`${shells.folder}/full`);
      assertEquals([...Deno.readDirSync(shells.folder)].map(({ name }) => name).sort(), ["bin", "run"]);
    }
  }));

test("a relative temporary folder is named from the starter's folder, though the session is in the root folder", () =>
  withShells(async (shells) => {
    await Deno.mkdir(`${shells.folder}/tmp`, { mode: 0o700 });
    const env = { XDG_RUNTIME_DIR: "/none", TMPDIR: "tmp" };
    const { stdout } = await shells.run(`cd "${shells.folder}" && evtchn session start --simulator --json`, env);
    const { session, pid } = JSON.parse(stdout);
    assertMatch(session.slice(shells.folder.length), /^\/tmp\/evtchn-[0-9a-f]+\/session$/);
    assertEquals(Deno.readLinkSync(`/proc/${pid}/cwd`), "/");
    await shells.run(`evtchn session stop --session ${session}`);
  }));

test("without a runtime folder that can be used, a session is in a fresh folder, and says why", () =>
  withShells(async (shells) => {
    const env = { XDG_RUNTIME_DIR: "run", TMPDIR: shells.folder };
    const notice = (op: string) =>
      `evtchn: ${op}: XDG_RUNTIME_DIR="run" is a relative path: the session's socket is in a fresh temporary folder\n`;
    const { stdout, stderr } = await shells.run("evtchn session start --simulator --json", env);
    const { session, pid } = JSON.parse(stdout);
    assertMatch(session.slice(shells.folder.length), /^\/evtchn-[0-9a-f]+\/session$/);
    assertEquals(stderr, notice("session start"));
    Deno.kill(pid, "SIGKILL");
    await Deno.utime(session, 0, 0);
    await Deno.utime(session.slice(0, -"/session".length), 0, 0);
    const next = await shells.run("evtchn session run --simulator -- true", env);
    assertEquals([next.status, next.stderr], [0, notice("session run")]);
    assertEquals([...Deno.readDirSync(shells.folder)].map(({ name }) => name).sort(), ["bin", "run"]);
  }));

test("without a temporary folder, where one is needed, no session starts, and the error names what could not be made", () =>
  withShells(async (shells) => {
    const env = { XDG_RUNTIME_DIR: "/none", TMPDIR: `${shells.folder}/none` };
    for (const words of ["start --simulator", "run --simulator -- true"]) {
      const { status, stdout, stderr } = await shells.run(`evtchn session ${words}`, env);
      const [op] = words.split(" ");
      assertEquals([status, stdout], [1, ""]);
      assertMatch(stderr, new RegExp(`^evtchn: session ${op}: Cannot make the session's socket: ENOENT\n`, "m"));
    }
  }));

test("root's sessions are in /run/evtchn, where only root may enter", async () => {
  if (Deno.uid() !== 0) return;
  await withShells(async (shells) => {
    const script = `unset XDG_RUNTIME_DIR; evtchn session run --simulator -- sh -c 'echo "$EVTCHN_SESSION"'`;
    const { stdout, stderr } = await shells.run(script);
    assertMatch(stdout, /^\/run\/evtchn\/session-[0-9a-f]{8}\n$/);
    assertEquals([stderr, Deno.lstatSync("/run/evtchn").mode! & 0o777], ["", 0o700]);
  });
});

test("an option takes precedence over EVTCHN_SESSION, and two options contradict each other", () =>
  withShells(async (shells) => {
    const env = { EVTCHN_SESSION: "/tmp/none" };
    assertEquals((await shells.run("evtchn --simulator bind-virq tbuf --hold 0s", env)).stdout, "27\n");
    assertMatch((await shells.run("evtchn notify 7", env)).stderr, /session at "\/tmp\/none": ENOENT/);
    const both = await shells.run("evtchn --simulator --session /x notify 7");
    assertEquals([both.status, both.stderr.split("\n")[0]], [
      2,
      "evtchn: notify: Cannot use --session and --simulator together: each says where the handle is",
    ]);
  }));

test("an operation that a session cannot do is a usage error with the reason", () =>
  withShells(async (shells) => {
    const { env } = await begin(shells);
    const words = ["restrict 5 -- true", "--trace notify 7", "--as 9 notify 7"];
    const script = words.map((each) => `evtchn ${each}; echo $? >&2`).join("\n");
    const { stderr } = await shells.run(`${script}\nevtchn session stop >&2`, env);
    assertEquals(stderr.split("\n").filter((line) => !line.startsWith("hint")), [
      "evtchn: restrict: Cannot run a program with a session's handle: it is in the session's process, and no program " +
      "can inherit it",
      "2",
      "evtchn: notify: Cannot trace a session: its process makes the system calls",
      "2",
      "evtchn: notify: Cannot act as domain 9",
      "2",
      "unset EVTCHN_SESSION;",
      "",
    ]);
  }));

test("status of a handle outside a session explains why it is unknown", () =>
  withShells(async (shells) => {
    assertEquals(
      (await shells.run("evtchn --simulator status")).stderr.split("\n")[0],
      "evtchn: status: Cannot show the channels of a new handle: it has none",
    );
    assertEquals(
      (await shells.run("evtchn --fd 3 status")).stderr.split("\n")[0],
      "evtchn: status: Cannot show the channels of a descriptor: the driver does not tell what is bound on it",
    );
  }));

// The kernel looks for its end in the first 256 bytes (fs/binfmt_script.c, BINPRM_BUF_SIZE).
test("the first line of main.ts is short enough for the kernel", () => {
  const [line] = Deno.readTextFileSync(new URL("../../main.ts", import.meta.url)).split("\n", 1);
  assert(line.length < 256, `${line.length} bytes`);
});
