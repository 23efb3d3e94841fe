import { assertEquals, assertStringIncludes } from "@std/assert";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";
import { script } from "../support/scripts.ts";

const run = (host: TestHost, ...words: string[]) => host.run(["run", ...words]);

test("statements come from a file, from standard input, or from -e", async () => {
  const host = new TestHost();
  host.files["probe.evtchn"] = "print file";
  host.files["-"] = "print input";
  assertEquals(await host.ok("--simulator run probe.evtchn"), "file\n");
  assertEquals(await host.ok("--simulator run -"), "input\n");
  assertEquals(
    await run(host, "--simulator", "-e", "print a; print b", "-e", "p = alloc-unbound 0", "-e", "print $p"),
    {
      status: 0,
      stdout: "a\nb\n27\n",
      stderr: "",
    },
  );
  assertEquals(await run(host, "--simulator", "-e", "print a", "-e", "unbind 9999"), {
    status: 1,
    stdout: "a\n",
    stderr: "evtchn: run: -e:2: unbind 9999: Cannot unbind port 9999: EINVAL\n" +
      "hint: this kernel has no channel with that number\n",
  });
});

test("run without a script is refused", async () => {
  const usage = async (...words: string[]) => {
    const { status, stdout, stderr } = await run(new TestHost(), "--simulator", ...words);
    assertEquals([status, stdout], [2, ""]);
    return stderr.split("\n")[0];
  };
  assertEquals(await usage(), "evtchn: run: FILE is missing");
  assertEquals(await usage("no.evtchn"), 'evtchn: run: Cannot read "no.evtchn": there is no such file');
  assertEquals(await usage("a.evtchn", "-e", "print"), "evtchn: run: Cannot run a file and -e together");
});

test("a script stops at the first failure; with -k it continues and still fails", async () => {
  const text = "print a\nunbind 9999\nprint b\np = bind-virq timer\nnotify $p\nprint c";
  assertEquals((await script(text)).stdout, "a\n");
  const { status, stdout, stderr } = await script(text, "-k");
  assertEquals([status, stdout], [1, "a\nb\nc\n"]);
  assertEquals(stderr.split("\n").filter((line) => line.startsWith("evtchn")), [
    "evtchn: run: -:2: unbind 9999: Cannot unbind port 9999: EINVAL",
    "evtchn: run: -:4: p = bind-virq timer: Cannot bind virq:timer: EEXIST",
    "evtchn: run: -:5: notify $p: Cannot use $p: the statement that sets it failed",
  ]);
  assertEquals((await script("print a", "-k")).status, 0);
});

test("an empty script does nothing", async () => {
  assertEquals(await script("# nothing\n"), { status: 0, stdout: "", stderr: "" });
});

test("on a device statements act on it, with the system clock", async () => {
  const host = new TestHost();
  const text = "p = alloc-unbound self; q = bind-interdomain self $p; @/b s = status; watch -n 1 -t none; notify $q; " +
    "expect $p within 1s; notify $q; print go; sleep 1s; print done";
  const ended = host.start(["run", "-e", text]);
  await host.stdout.until(/go/);
  await host.clock.asleep();
  host.clock.advance(1000);
  assertEquals([await ended, host.stdout.take(), host.stderr.take()], [
    0,
    "port 28  self:27  #1  initial: caused by the bind\ngo\ndone\n",
    "",
  ]);
  assertEquals([host.left(), host.listening], [[], 0]);
});

test("on a device other domains and simulated hosts are refused before anything runs", async () => {
  const { status, stdout, stderr } = await run(new TestHost(), "-e", "print a; @1 status; raise tbuf; @self status");
  assertEquals([status, stdout], [2, ""]);
  assertEquals(stderr.split("\n"), [
    "evtchn: run: -e:1: @1 status: Cannot act as @1 on a real device",
    "hint: this device is domain 0's: write @0 or leave @ out",
    'evtchn: run: -e:1: raise tbuf: Cannot use "raise" here: it is for a simulated host that lives on',
    'hint: eval "$(evtchn session start --simulator)" starts one for this shell; `evtchn run --simulator` has one for a script',
    "",
  ]);
});

test("the inherited descriptor is the default handle, and stays open", async () => {
  const host = new TestHost();
  const handle = host.exec();
  assertEquals(
    await run(host, "--fd", String(handle.fd), "-e", "p = alloc-unbound 0; print $p; @/b q = bind-interdomain 0 $p"),
    { status: 0, stdout: "27\n", stderr: "" },
  );
  assertEquals([host.left(), handle.notify(27)], [["0:27 unbound"], 0]);
});

test("a handle that cannot be opened fails the statement that needs it", async () => {
  const host = new TestHost();
  const { status, stdout, stderr } = await run(host, "-d", "/dev/nothing", "-e", "print a; status");
  assertEquals([status, stdout], [1, "a\n"]);
  assertStringIncludes(stderr, 'evtchn: run: -e:1: status: Cannot open "/dev/nothing": ENOENT\n');
});

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`${signal} ends a script at once, whatever it does, with every handle closed`, async () => {
    for (const busy of ["notify $q --count 4000000000", "notify $q --count 4000000000 --interval 1us"]) {
      const host = new TestHost();
      const text = `p = alloc-unbound 0; q = bind-interdomain 0 $p; print go; ${busy}; print never`;
      const ended = host.start(["--simulator", "run", "-e", text]);
      await host.stdout.until(/go/);
      host.signal(signal);
      assertEquals([await ended, host.stdout.text, host.stderr.text], [status, "go\n", ""]);
    }
    for (const waits of ["sleep 5m", "expect $p within 5m", "watch", "watch -n 3 --timeout 5m", "poll --timeout 5m"]) {
      const host = new TestHost();
      const ended = host.start(["run", "-e", `p = alloc-unbound 0; print go; ${waits}; print never`]);
      await host.clock.asleep();
      host.signal(signal);
      assertEquals([await ended, host.stdout.text, host.stderr.text], [status, "go\n", ""], waits);
      assertEquals([host.left(), host.listening, host.clock.sleeping], [[], 0, 0], waits);
    }
  });
}

test("a signal ends a script that is still being read", async () => {
  const host = new TestHost();
  host.readText = () => new Promise(() => {});
  const ended = host.start("run -");
  await new Promise((resolve) => setTimeout(resolve, 0));
  host.signal("SIGTERM");
  assertEquals(await ended, 143);
});

test("a blocked reader blocks a script, but a signal still ends it", async () => {
  const host = new TestHost();
  const writing = Promise.withResolvers<void>();
  host.stdout.write = () => {
    writing.resolve();
    return new Promise(() => {});
  };
  const ended = host.start(["--simulator", "run", "-e", "print a; sleep 1s; print b"]);
  await writing.promise;
  host.signal("SIGINT");
  assertEquals(await ended, 130);
});

test("a closed pipe ends a script", async () => {
  const host = new TestHost();
  host.stdout.broken = new Deno.errors.BrokenPipe();
  assertEquals(await run(host, "-e", "bind-virq tbuf; sleep 1s"), { status: 141, stdout: "", stderr: "" });
  assertEquals(host.left(), []);
});

test("output is buffered, and written before anything waits", async () => {
  const host = new TestHost();
  const ended = host.start(["run", "-e", "print a; ".repeat(1000) + "sleep 1s; " + "print b; ".repeat(1000)]);
  await host.stdout.until(/a/);
  assertEquals([host.stdout.text.length, host.stdout.writes], [2000, 1]);
  await host.clock.asleep();
  host.clock.advance(1000);
  assertEquals([await ended, host.stdout.text.length, host.stdout.writes], [0, 4000, 2]);
});

test("on the simulator sleeps take no real time", async () => {
  const host = new TestHost();
  assertEquals((await run(host, "--simulator", "-e", "print a; sleep 1s; print b")).stdout, "a\nb\n");
  assertEquals(host.stdout.writes, 1);
});

test("--trace shows the system calls of every handle, in the order of the output", async () => {
  const host = new TestHost();
  const { stderr } = await run(host, "--simulator", "--trace", "-e", "p = alloc-unbound 1; @1 bind-interdomain 0 $p");
  assertEquals(stderr.split("\n"), [
    'open("/dev/xen/evtchn", O_RDWR|O_NONBLOCK|O_CLOEXEC) = 3',
    "ioctl(3, IOCTL_EVTCHN_BIND_UNBOUND_PORT, {remote_domain=1}) = 27",
    'open("/dev/xen/evtchn", O_RDWR|O_NONBLOCK|O_CLOEXEC) = 3',
    "ioctl(3, IOCTL_EVTCHN_BIND_INTERDOMAIN, {remote_domain=0, remote_port=27}) = 9",
    "close(3) = 0",
    "close(3) = 0",
    "",
  ]);
});
