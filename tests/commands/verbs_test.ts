import { assert, assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { connected, refused, shellHost } from "../support/handles.ts";
import { TestHost } from "../support/test_host.ts";

const NOT_BOUND = "this port is not bound on this handle: a port belongs to the handle that bound it and dies with it";

test("unbind closes ports and prints nothing, or a record for each", async () => {
  const { host, handle, on } = shellHost();
  const ports = [1, 2, 3].map(() => handle.allocUnbound(5));
  assertEquals(await host.ok(`${on} unbind ${ports[0]}`), "");
  assertEquals(
    await host.ok(`${on} --json unbind ${ports[1]} ${ports[2]}`),
    '{"op":"unbind","port":28}\n{"op":"unbind","port":29}\n',
  );
  assertEquals(host.left(), []);
});

test("unbind stops at the first refused port; ports before it are closed", async () => {
  const { host, handle, on } = shellHost();
  const [first, last] = [handle.allocUnbound(5), handle.allocUnbound(5)];
  assertEquals(
    await host.run(`${on} unbind ${first} ${first} ${last}`),
    refused("unbind: Cannot unbind port 27: ENOTCONN", NOT_BOUND),
  );
  assertEquals(host.left(), ["0:28 unbound"]);
  assertEquals(
    await host.run(`${on} unbind 9999`),
    refused("unbind: Cannot unbind port 9999: EINVAL", "this kernel has no channel with that number"),
  );
});

test("notify sends --count events on each channel", async () => {
  const { host, handle, on, sender, hearer } = connected();
  assertEquals(await host.ok(`${on} notify ${sender}`), "");
  assertEquals(handle.read(), [hearer]);
  assertEquals(
    await host.ok(`${on} --json notify ${sender} ${hearer} --count 2`),
    [27, 28].flatMap(() => [sender, hearer].map((port) => `{"op":"notify","port":${port}}\n`)).join(""),
  );
});

test("notify binds a channel that is not bound, and closes it with its own handle", async () => {
  const host = new TestHost();
  assertEquals(await host.ok("--simulator --json notify 5:any"), '{"op":"notify","port":27}\n');
  assertEquals(host.left(), []);
});

test("notify of a port of another handle is refused", async () => {
  for (const port of [7, 0, 4294967295]) {
    const host = new TestHost();
    assertEquals(
      await host.run(`--simulator notify ${port}`),
      refused(`notify: Cannot notify port ${port}: ENOTCONN`, NOT_BOUND),
    );
  }
});

test("notify waits between two events and not after the last", async () => {
  const { host, handle, on, sender, hearer } = connected();
  const ended = host.start(`${on} notify ${sender} --count 3 --interval 250ms`);
  for (let sent = 1; sent < 3; sent++) {
    await host.clock.asleep();
    assertEquals(handle.read(), [hearer]);
    handle.write(hearer);
    host.clock.advance(249);
    assertEquals(await outcome(ended), "waiting");
    assertEquals(handle.poll(Poll.IN), 0);
    host.clock.advance(1);
  }
  assertEquals(await ended, 0);
  assertEquals(handle.read(), [hearer]);
});

test("a signal ends notify between two events", async () => {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const { host, on, sender } = connected();
    const ended = host.start(`${on} --json notify ${sender} --count 100 --interval 1s`);
    await host.clock.asleep();
    host.signal(signal);
    assertEquals(await ended, status);
    assertEquals(host.stdout.text, `{"op":"notify","port":${sender}}\n`);
    assertEquals(host.listening, 0);
  }
});

test("unmask lets ports fire again and prints nothing, or a record with the bytes written", async () => {
  const { host, handle, on, sender, hearer } = connected();
  handle.notify(sender);
  handle.read();
  handle.notify(sender);
  assertEquals(handle.poll(Poll.IN), 0);
  assertEquals(await host.ok(`${on} unmask ${hearer}`), "");
  assertEquals(handle.read(), [hearer]);
  assertEquals(
    await host.ok(`${on} --json unmask 1 2 ${hearer} 4294967295`),
    '{"op":"unmask","ports":[1,2,27,4294967295],"bytes":16}\n',
  );
});

test("reset empties the ring, and unmasks only with --unmask", async () => {
  const { host, handle, on, sender, hearer } = connected();
  handle.notify(sender);
  assertEquals(await host.ok(`${on} reset`), "");
  handle.notify(sender);
  assertEquals(handle.poll(Poll.IN), 0);
  assertEquals(await host.ok(`${on} --json reset --unmask`), '{"op":"reset"}\n');
  assertEquals(handle.read(), [hearer]);
});

test("a restricted handle cannot be restricted again", async () => {
  const { host, handle, on } = shellHost();
  assertEquals(await host.ok(`${on} --json restrict 5`), '{"op":"restrict","domain":5}\n');
  assertEquals(handle.bindVirq(4), "EACCES");
  assertEquals(
    await host.run(`${on} restrict 5`),
    refused(
      "restrict: Cannot restrict the handle to domain 5: EACCES",
      "this handle is restricted already, and for ever: open a new one",
    ),
  );
  for (const domain of ["0", "self"]) {
    const { stderr } = await host.run(`--simulator restrict ${domain}`);
    assertEquals(
      stderr,
      refused(
        `restrict: Cannot restrict the handle to domain ${domain}: EINVAL`,
        "a handle can be restricted to a guest only: 1 to 32751",
      ).stderr,
    );
  }
});

test("virqs lists every VIRQ without a device", async () => {
  const host = new TestHost();
  const table = (await host.ok("virqs")).trimEnd().split("\n");
  assertEquals(table.length, 22);
  assertEquals(table[4], "   3  dom_exc     global  xenstored    a domain died or was shut down");
  const records = (await host.ok("--json virqs")).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(records[3], {
    op: "virqs",
    virq: "dom_exc",
    number: 3,
    scope: "global",
    owner: "xenstored",
    meaning: "a domain died or was shut down",
  });
  assertEquals(host.kernels, []);
});

test("a path that does not exist and a descriptor that is not open give an error with a hint", async () => {
  for (
    const command of [
      "read",
      "poll",
      "notify 7",
      "unbind 7",
      "unmask 7",
      "reset",
      "restrict 5",
      "bind-virq 4",
      "alloc-unbound 5",
      "bind-interdomain 5 1",
      "watch virq:4",
    ]
  ) {
    const [name] = command.split(" ");
    const missing = await new TestHost().run(`--device /nowhere ${command}`);
    assertEquals(missing.stderr.split("\n")[0], `evtchn: ${name}: Cannot open "/nowhere": ENOENT`);
    const closed = await new TestHost().run(`--fd 99 ${command}`);
    assertEquals(closed.stderr.split("\n")[0], `evtchn: ${name}: Cannot use descriptor 99: EBADF`);
    for (const { status, stdout, stderr } of [missing, closed]) {
      assertEquals([status, stdout], [1, ""]);
      assert(/\nhint: .*\n$/.test(stderr), stderr);
    }
  }
});

test("an error that cannot be printed still gives its exit status", async () => {
  const host = new TestHost();
  host.stderr.broken = Object.assign(new Error("full"), { code: "ENOSPC" });
  assertEquals(await host.start("--simulator notify 7"), 1);
  assertEquals(await host.start("--simulator notify x"), 2);
});

test("help that cannot be written is an error", async () => {
  const host = new TestHost();
  host.stdout.broken = Object.assign(new Error("full"), { code: "ENOSPC" });
  assertEquals((await host.run("--help")).status, 1);
  assertEquals(await host.run("poll --help"), {
    status: 1,
    stdout: "",
    stderr: "evtchn: poll: Cannot write the output: ENOSPC\n",
  });
  host.stdout.broken = new Deno.errors.BrokenPipe("gone");
  assertEquals(await host.run("--version"), { status: 141, stdout: "", stderr: "" });
});
